"""The doctor at real patients: every ailment here is caused, not pretended."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gevent
import pytest
from gevent import socket
from gevent.server import StreamServer

from fs_scripts import doctor
from fs_scripts.doctor import Finding, examine
from fs_scripts.simulated.config import SimConfig
from fs_scripts.simulated.switch import SimulatedSwitch
from hotline.config import Address, Settings, load
from hotline.store import migrate
from hotline.store.db import open_database
from ivr_prompts.build import build_all
from ivr_prompts.library import PromptLibrary
from tools import services

NOWHERE = Path("/nonexistent/.env")


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of a fresh installation whose ports are all free."""
    environ = {"HOTLINE_HOME": str(home), "HOTLINE_SWITCH": "simulated"}
    for name in ("HTTP", "ESL_LISTEN", "ESL_STANDBY", "FS_EVENT_SOCKET"):
        environ[f"HOTLINE_{name}"] = f"127.0.0.1:{services.free_port()}"
    return load(environ, NOWHERE)


@pytest.fixture
def switch() -> Iterator[SimulatedSwitch]:
    running = SimulatedSwitch(SimConfig(routes=(), password="right-password"))
    running.start()
    yield running
    running.stop()


def at(settings: Settings, switch: SimulatedSwitch, password: str) -> Settings:
    known = replace(settings.secrets, event_socket=password)
    return replace(settings, switch="auto", fs_event_socket=Address("127.0.0.1", switch.port), secrets=known)


def only(findings: Iterator[Finding]) -> Finding:
    (finding,) = findings
    return finding


def find(findings: list[Finding], what: str) -> Finding:
    (found,) = [finding for finding in findings if finding.what == what]
    return found


def test_a_fresh_installation_lacks_its_database_and_its_prompts_and_nothing_else(settings):
    ill = {finding.what for finding in examine(settings, dotenv=NOWHERE) if not finding.ok}
    assert ill == {"database", "prompts"}


def test_every_failure_says_what_to_do(settings, home):
    (home / "recordings").write_text("in the way")
    broken = replace(
        settings,
        database_url="mysql+pymysql://hotline:secret-word@127.0.0.1:1/hotline",
        redis_url="redis://127.0.0.1:1/0",
        freeswitch=home,
        switch="freeswitch",
    )
    ill = [finding for finding in examine(broken, dotenv=NOWHERE) if not finding.ok]
    assert {"database", "switch", "prompts", "recordings", "live seam"} <= {f.what for f in ill}
    assert all(finding.remedy and finding.detail for finding in ill)
    assert all("\n" not in finding.detail + finding.remedy for finding in ill)


# --- database -----------------------------------------------------------------------------------------------


def test_looking_for_a_database_does_not_make_one(settings, home):
    found = only(doctor.database(settings))
    assert not found.ok
    assert "migrate" in found.remedy
    assert not (home / "hotline.db").exists()


def test_a_migrated_database_is_well(settings, database_url):
    migrate.upgrade(database_url)
    found = only(doctor.database(replace(settings, database_url=database_url)))
    assert found.ok, found
    assert migrate.head() in found.detail


def test_an_empty_database_has_to_be_migrated(settings, database_url):
    migrate.upgrade(database_url)
    migrate.downgrade(database_url, "base")
    found = only(doctor.database(replace(settings, database_url=database_url)))
    assert not found.ok
    assert "migrate" in found.remedy


def test_a_database_of_another_version_is_named_with_both_versions(settings, database_url):
    migrate.upgrade(database_url)
    database = open_database(database_url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'from_the_future'")
    database.close()
    found = only(doctor.database(replace(settings, database_url=database_url)))
    assert not found.ok
    assert "from_the_future" in found.detail
    assert migrate.head() in found.detail


def test_a_stopped_database_server_is_told_without_its_password(settings):
    url = f"mysql+pymysql://hotline:secret-word@127.0.0.1:{services.free_port()}/hotline"
    found = only(doctor.database(replace(settings, database_url=url)))
    assert not found.ok
    assert "HOTLINE_DATABASE_URL" in found.remedy
    assert "secret-word" not in found.detail + found.remedy


def test_a_file_that_is_no_database_is_told(settings, home):
    (home / "hotline.db").write_bytes(b"this is a letter, not a database\n" * 200)
    found = only(doctor.database(settings))
    assert not found.ok
    assert "not a database" in found.detail


@pytest.mark.mariadb
def test_a_database_that_the_server_does_not_have_is_told(settings, mariadb_url):
    url = mariadb_url.rpartition("/")[0] + "/no_such_database"
    found = only(doctor.database(replace(settings, database_url=url)))
    assert not found.ok
    assert "no_such_database" in found.detail


# --- switch -------------------------------------------------------------------------------------------------


def test_a_switch_that_takes_our_password_is_well(settings, switch):
    findings = list(doctor.switch(at(settings, switch, "right-password")))
    assert findings[0].ok
    assert str(switch.port) in findings[0].detail


def test_a_switch_that_takes_another_password_is_told_with_the_setting(settings, switch):
    found = only(doctor.switch(at(settings, switch, "wrong-password")))
    assert not found.ok
    assert "HOTLINE_FS_PASSWORD" in found.remedy


def test_modules_that_are_missing_are_a_hint_and_no_failure(settings, switch):
    findings = list(doctor.switch(at(settings, switch, "right-password")))
    modules = find(findings, "switch modules")
    assert modules.ok
    assert "mod_xml_curl" in modules.detail
    assert "mod_json_cdr" in modules.detail


def test_something_that_hangs_after_its_greeting_is_told(settings):
    def greet_and_hang(connection: socket.socket, _address: object) -> None:
        connection.sendall(b"Content-Type: auth/request\n\n")
        gevent.sleep(10)

    server = StreamServer(("127.0.0.1", 0), greet_and_hang)
    server.start()
    address = Address("127.0.0.1", server.server_port)
    found = only(doctor.switch(replace(settings, switch="auto", fs_event_socket=address)))
    server.stop(0)
    assert not found.ok
    assert "timed out" in found.detail


def test_a_program_that_is_none_is_told(settings, home):
    found = only(doctor.switch(replace(settings, switch="auto", freeswitch=home)))
    assert not found.ok
    assert "HOTLINE_FREESWITCH" in found.remedy


def test_a_program_that_is_there_will_be_started(settings, home):
    program = home / "freeswitch"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    found = only(doctor.switch(replace(settings, switch="auto", freeswitch=program)))
    assert found.ok
    assert str(program) in found.detail


def test_the_simulated_switch_is_well_in_development_and_not_in_production(settings):
    assert only(doctor.switch(settings)).ok
    in_earnest = only(doctor.switch(replace(settings, env="production")))
    assert not in_earnest.ok
    assert "no real telephone" in in_earnest.detail


# --- prompts ------------------------------------------------------------------------------------------------


def test_prompts_that_are_built_are_well_and_one_that_goes_missing_is_named(home):
    build_all(home)
    assert only(doctor.prompts(home)).ok
    PromptLibrary(home, "zh").path("menu").unlink()
    found = only(doctor.prompts(home))
    assert not found.ok
    assert "menu" in found.detail
    assert "ivr_prompts build" in found.remedy


def test_a_prompt_that_is_no_audio_and_music_that_is_missing_are_both_told(home):
    build_all(home)
    PromptLibrary(home, "zh").path("menu").write_bytes(b"no audio at all")
    (home / "prompts" / "music" / "8000" / "hold.wav").unlink()
    missing, unfit = doctor.prompts(home)
    assert "music on hold" in missing.detail
    assert "menu (" in unfit.detail


# --- machine ------------------------------------------------------------------------------------------------


def test_a_full_disk_is_told_with_what_is_left(home):
    found = only(doctor.disk("disk", home, least=2**60))
    assert not found.ok
    assert "GiB free" in found.detail
    assert only(doctor.disk("disk", home, least=1)).ok


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_it_will_be_in(home):
    found = only(doctor.disk("recordings", home / "recordings" / "calls", least=1))
    assert found.ok
    assert str(home) in found.detail


def test_a_file_where_the_folder_should_be_is_told(home):
    (home / "recordings").write_text("in the way")
    found = only(doctor.disk("recordings", home / "recordings"))
    assert not found.ok
    assert "cannot be written" in found.detail


@pytest.mark.parametrize("now", [0.0, 4_200_000_000.0])
def test_a_clock_that_is_decades_off_is_told(now):
    found = only(doctor.clock(now))
    assert not found.ok
    assert "NTP" in found.remedy


def test_time_zone_data_that_are_missing_are_told():
    found = only(doctor.clock(1_790_000_000.0, "Asia/Atlantis"))
    assert not found.ok
    assert "tzdata" in found.remedy


def test_a_clock_that_is_right_shows_local_time():
    assert only(doctor.clock(1_764_000_000.0)).detail.startswith("2025-11-25 00:00:00")


# --- ports --------------------------------------------------------------------------------------------------


def test_a_port_of_another_program_is_told_with_that_program_and_the_setting(settings):
    stranger = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen();"
            "print(s.getsockname()[1], flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with stranger:
        port = int(stranger.stdout.readline())
        found = find(list(doctor.ports(replace(settings, http=Address("127.0.0.1", port)))), "port HTTP")
        stranger.stdin.close()
    assert not found.ok
    assert f"process {stranger.pid}" in found.detail
    assert "HOTLINE_HTTP" in found.remedy


def test_a_port_that_the_platform_has_itself_is_well(settings, tmp_path):
    script = tmp_path / "run.py"
    script.write_text(
        "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n"
        "print(s.getsockname()[1], flush=True); input()\n"
    )
    platform = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with platform:
        address = Address("127.0.0.1", int(platform.stdout.readline()))
        found = find(list(doctor.ports(replace(settings, esl_listen=address))), "port ESL_LISTEN")
        platform.stdin.close()
    assert found.ok
    assert "ours" in found.detail


def test_a_sip_port_taken_over_udp_alone_is_told(settings):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        taken = replace(settings, switch="auto", sip_port=phone.getsockname()[1])
        findings = [f for f in doctor.ports(taken) if f.what == "port SIP_PORT"]
    assert [finding.ok for finding in findings] == [False, True]


def test_an_address_that_this_machine_has_not_is_told(settings):
    elsewhere = replace(settings, http=Address("203.0.113.7", 8000))
    found = find(list(doctor.ports(elsewhere)), "port HTTP")
    assert not found.ok
    assert "assign" in found.detail


# --- secrets ------------------------------------------------------------------------------------------------


def test_secrets_that_were_made_are_well(settings):
    assert only(doctor.secrets(settings, NOWHERE)).ok


def test_a_secret_that_others_can_read_is_told_with_the_command_that_mends_it(settings, home):
    kept = home / "secrets" / "field_key"
    kept.chmod(0o644)
    found = only(doctor.secrets(settings, NOWHERE))
    assert not found.ok
    assert found.remedy == f"chmod go= {kept}"


def test_a_settings_file_that_others_can_read_is_told(settings, tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("HOTLINE_FS_PASSWORD=something\n")
    dotenv.chmod(0o640)
    assert str(dotenv) in only(doctor.secrets(settings, dotenv)).detail


def test_the_well_known_password_is_a_failure_in_production_only(settings):
    weak = replace(settings, secrets=replace(settings.secrets, event_socket="ClueCon"))
    assert only(doctor.secrets(weak, NOWHERE)).ok
    found = only(doctor.secrets(replace(weak, env="production"), NOWHERE))
    assert not found.ok
    assert "HOTLINE_FS_PASSWORD" in found.detail
    assert "ClueCon" not in found.detail + found.remedy


def test_a_field_key_of_one_digit_is_weak(settings):
    known = replace(settings.secrets, field_key=bytes(32))
    found = only(doctor.secrets(replace(settings, env="production", secrets=known), NOWHERE))
    assert "HOTLINE_FIELD_KEY" in found.detail


# --- live seam ----------------------------------------------------------------------------------------------


def test_one_process_needs_no_redis():
    assert only(doctor.live_seam("")).ok


def test_a_redis_that_answers_is_well(redis_server):
    assert only(doctor.live_seam(redis_server)).ok


def test_a_redis_that_is_not_there_is_told():
    found = only(doctor.live_seam(f"redis://127.0.0.1:{services.free_port()}/0"))
    assert not found.ok
    assert "HOTLINE_REDIS_URL" in found.remedy
