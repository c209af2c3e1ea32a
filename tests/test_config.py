"""Settings: every one of them, and what is said about those that are wrong."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hotline import config
from hotline.config import PROJECT, Address, SettingsError, load

NOWHERE = Path("/nonexistent/.env")

# A good value of each setting that is not its default, and what it becomes.
GOOD = {
    "HTTP": ("0.0.0.0:9000", "http", Address("0.0.0.0", 9000)),
    "DATABASE_URL": ("mysql+pymysql://u:p@db/hotline", "database_url", "mysql+pymysql://u:p@db/hotline"),
    "ESL_LISTEN": ("[::1]:9084", "esl_listen", Address("::1", 9084)),
    "ESL_STANDBY": ("127.0.0.2:9085", "esl_standby", Address("127.0.0.2", 9085)),
    "FS_EVENT_SOCKET": ("switch.local:8022", "fs_event_socket", Address("switch.local", 8022)),
    "FREESWITCH": ("/opt/fs", "freeswitch", Path("/opt/fs")),
    "SWITCH": ("simulated", "switch", "simulated"),
    "SIP_IP": ("192.0.2.1", "sip_ip", "192.0.2.1"),
    "SIP_PORT": ("5062", "sip_port", 5062),
    "TRUNK_PORT": ("5082", "trunk_port", 5082),
    "RTP_START": ("20000", "rtp_start", 20000),
    "RTP_END": ("20999", "rtp_end", 20999),
    "TRUNK_CHANNELS": ("30", "trunk_channels", 30),
    "RTP_TIMEOUT": ("120", "rtp_timeout", 120),
    "DECISION_DAYS": ("7", "decision_days", 7),
    "SCRIPT_MS": ("100", "script_ms", 100),
    "FS_LOG_LEVEL": ("debug", "fs_log_level", "debug"),
    "TRUNK_ACL": ("203.0.113.0/24, 2001:db8::/32", "trunk_acl", "203.0.113.0/24,2001:db8::/32"),
    "TRUNK_PROXY": ("sip.carrier.example:5070", "trunk_proxy", "sip.carrier.example:5070"),
    "REDIS_URL": ("redis://127.0.0.1:6379/1", "redis_url", "redis://127.0.0.1:6379/1"),
    "ENV": ("development", "env", "development"),
    "PUBLIC_URL": ("https://hotline.example", "public_url", "https://hotline.example"),
    "TRUSTED_PROXIES": ("2", "trusted_proxies", 2),
    "DEMO": ("off", "demo", False),
    "LOG_FORMAT": ("json", "log_format", "json"),
    "LOG_LEVEL": ("debug", "log_level", "debug"),
}
SECRETS = {
    "FS_PASSWORD": ("a-password-of-our-own", "event_socket", "a-password-of-our-own"),
    "SECRET_KEY": ("k" * 40, "session_key", "k" * 40),
    "FIELD_KEY": ("0f" * 32, "field_key", bytes.fromhex("0f" * 32)),
    "SWITCH_TOKEN": ("a-token-of-our-own", "switch", "a-token-of-our-own"),
}
BAD = [
    ("HTTP", "8000"),
    ("HTTP", "127.0.0.1:0"),
    ("HTTP", "127.0.0.1:99999"),
    ("DATABASE_URL", "postgresql://u:secret-word@db/x"),
    ("ESL_LISTEN", "here"),
    ("ESL_STANDBY", "[::1:8085"),
    ("FS_EVENT_SOCKET", "host name:8021"),
    ("SWITCH", "asterisk"),
    ("SIP_IP", "here, there"),
    ("SIP_PORT", "sip"),
    ("SCRIPT_MS", "9"),
    ("SCRIPT_MS", "151"),
    ("SIP_PORT", "-1"),
    ("TRUNK_PORT", "65536"),
    ("RTP_START", ""),
    ("RTP_END", "16384"),
    ("RTP_END", "10000"),
    ("TRUNK_CHANNELS", "0"),
    ("TRUNK_CHANNELS", "9" * 30),
    ("RTP_TIMEOUT", "a minute"),
    ("FS_LOG_LEVEL", "loud"),
    ("TRUNK_ACL", "everybody"),
    ("TRUNK_ACL", "10.0.0.1/8"),
    ("TRUNK_PROXY", "sip:carrier"),
    ("REDIS_URL", "127.0.0.1:6379"),
    ("ENV", "staging"),
    ("PUBLIC_URL", "hotline.example"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "one"),
    ("DEMO", "maybe"),
    ("LOG_FORMAT", "xml"),
    ("LOG_LEVEL", "loud"),
    ("FIELD_KEY", "0f" * 31),
    ("FIELD_KEY", "not hexadecimal"),
    ("LOG_LEVEL", "info\nHOTLINE_ENV=production"),
]


def loaded(home: Path, dotenv: Path = NOWHERE, **environ: str) -> config.Settings:
    named = {f"HOTLINE_{name}": value for name, value in environ.items()}
    return load({"HOTLINE_HOME": str(home)} | named, dotenv)


def refused(home: Path, dotenv: Path = NOWHERE, **environ: str) -> str:
    with pytest.raises(SettingsError) as told:
        loaded(home, dotenv, **environ)
    return str(told.value)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- values -------------------------------------------------------------------------------------------------


def test_everything_has_a_default(home):
    settings = loaded(home)
    assert settings.http == Address("127.0.0.1", 8000)
    assert settings.database_url == f"sqlite:///{home}/hotline.db"
    assert (settings.switch, settings.redis_url, settings.demo) == ("auto", "", True)
    assert settings.freeswitch is None
    assert not settings.production
    assert (settings.prompts, settings.recordings, settings.spool) == (
        home / "prompts",
        home / "recordings",
        home / "spool",
    )


@pytest.mark.parametrize("name", GOOD)
def test_each_setting_is_taken_from_the_environment(home, name):
    given, field, value = GOOD[name]
    assert getattr(loaded(home, **{name: f" {given} "}), field) == value


@pytest.mark.parametrize("name", SECRETS)
def test_each_secret_is_taken_from_the_environment_and_kept_nowhere(home, name):
    given, field, value = SECRETS[name]
    assert getattr(loaded(home, **{name: given}).secrets, field) == value
    assert not (home / "secrets" / name.lower()).exists()


def test_no_setting_was_forgotten_here():
    assert set(GOOD) | set(SECRETS) | {"HOME"} == set(config._FIELDS)


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_told_in_one_line_that_names_the_setting(home, name, value):
    said = refused(home, **{name: value})
    assert f"HOTLINE_{name}" in said
    assert "\n" not in said
    assert "secret-word" not in said


def test_an_unknown_name_is_told_with_the_names_there_are(home):
    said = refused(home, HTPP="127.0.0.1:8000")
    assert said.startswith("HOTLINE_HTPP is not a setting")
    assert "HOTLINE_HTTP" in said


def test_names_of_others_are_none_of_our_business(home):
    load({"HOTLINE_HOME": str(home), "PATH": "/bin", "HOTLINES": "x", "HOTLINE_TEST_REDIS_URL": "y"}, NOWHERE)


def test_a_home_that_cannot_be_made_is_told_with_what_to_do(tmp_path):
    (tmp_path / "file").write_text("in the way")
    said = refused(tmp_path / "file" / "home")
    assert "HOTLINE_HOME" in said
    assert "can be written" in said


def test_a_home_is_made_and_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load({"HOTLINE_HOME": "data/here"}, NOWHERE)
    assert settings.home == tmp_path / "data" / "here"
    assert settings.home.is_dir()


def test_an_address_is_written_as_it_is_read():
    assert str(Address("::1", 8084)) == "[::1]:8084"
    assert str(Address("127.0.0.1", 8084)) == "127.0.0.1:8084"


# --- the file -----------------------------------------------------------------------------------------------


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_the_file_is_read_and_the_environment_wins(home, dotenv):
    dotenv.write_text(
        "# telephones\n\nexport HOTLINE_SIP_PORT=5070\n  HOTLINE_TRUNK_PORT = '5090'  \n"
        'HOTLINE_LOG_LEVEL="debug"\nPATH=/somewhere\n'
    )
    settings = loaded(home, dotenv, SIP_PORT="5072")
    assert (settings.sip_port, settings.trunk_port, settings.log_level) == (5072, 5090, "debug")


def test_a_value_in_the_file_may_hold_an_equals_sign(home, dotenv):
    dotenv.write_text("HOTLINE_DATABASE_URL=mysql+pymysql://u:p@db/x?charset=utf8mb4\n")
    assert loaded(home, dotenv).database_url.endswith("?charset=utf8mb4")


@pytest.mark.parametrize("line", ["HOTLINE_HTTP", "hotline_http=1", "= value", "two words=1"])
def test_a_line_that_is_none_is_told_with_its_number(home, dotenv, line):
    dotenv.write_text(f"HOTLINE_DEMO=yes\n{line}\n")
    assert "line 2" in refused(home, dotenv)


def test_an_unknown_name_in_the_file_stops_the_start_too(home, dotenv):
    dotenv.write_text("HOTLINE_HTPP=127.0.0.1:8000\n")
    assert "HOTLINE_HTPP" in refused(home, dotenv)


def test_a_file_that_is_no_text_is_told(home, dotenv):
    dotenv.write_bytes(b"HOTLINE_DEMO=\xff\xfe")
    assert "UTF-8" in refused(home, dotenv)


# --- secrets ------------------------------------------------------------------------------------------------


def test_secrets_that_are_not_given_are_made_once_and_kept_for_the_owner_alone(home):
    first, second = loaded(home).secrets, loaded(home).secrets
    assert first == second
    assert len(first.field_key) == 32
    assert len({first.session_key, first.field_key.hex(), first.event_socket, first.switch}) == 4
    assert mode(home / "secrets") == 0o700
    assert [mode(path) for path in sorted((home / "secrets").iterdir())] == [0o600] * 4


def test_two_installations_have_different_secrets(home, tmp_path):
    assert loaded(home).secrets != loaded(tmp_path / "other").secrets


def test_processes_that_start_together_have_the_same_secrets(home):
    program = (
        "import sys; from pathlib import Path; from hotline.config import load; sys.stdin.readline();"
        "s = load({'HOTLINE_HOME': sys.argv[1]}, Path('/nonexistent')).secrets;"
        "print(s.session_key, s.field_key.hex(), s.event_socket, s.switch)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=PROJECT,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = {process.communicate(timeout=30)[0] for process in processes}
    assert len(said) == 1
    assert len(said.pop().split()) == 4
    assert len(list((home / "secrets").iterdir())) == 4, "no drafts are left"


def test_an_empty_secret_is_told_with_what_to_do(home):
    loaded(home)
    (home / "secrets" / "secret_key").write_text("")
    assert "delete it" in refused(home)


def test_secrets_that_cannot_be_kept_are_told_with_the_name_to_give_them_by(home):
    (home / "secrets").write_text("in the way")
    assert "HOTLINE_" in refused(home)


def test_secrets_are_not_shown_with_the_settings(home):
    settings = loaded(home, SECRET_KEY="word-that-must-not-show")
    assert "word-that-must-not-show" not in repr(settings) + repr(settings.secrets)


# --- production ---------------------------------------------------------------------------------------------


def test_production_makes_no_demo_data_unless_it_is_asked_to(home):
    assert loaded(home, ENV="production").demo is False
    assert loaded(home, ENV="production", DEMO="yes").demo is True
    assert loaded(home, ENV="production").production


@pytest.mark.parametrize("name", ["FS_PASSWORD", "SECRET_KEY", "SWITCH_TOKEN"])
@pytest.mark.parametrize("value", ["ClueCon", "short", "changeme", "secretsecretsecretsecret"])
def test_production_refuses_secrets_that_can_be_guessed(home, name, value):
    said = refused(home, ENV="production", **{name: value})
    assert f"HOTLINE_{name}" in said
    assert value not in said


def test_production_refuses_a_key_that_is_a_row_of_zeros(home):
    assert "HOTLINE_FIELD_KEY" in refused(home, ENV="production", FIELD_KEY="0" * 64)


def test_development_takes_the_switchs_own_default(home):
    assert loaded(home, FS_PASSWORD="ClueCon").secrets.event_socket == "ClueCon"


def test_production_refuses_the_default_that_somebody_kept_in_the_file(home):
    loaded(home)
    (home / "secrets" / "fs_password").write_text("ClueCon\n")
    assert "HOTLINE_FS_PASSWORD" in refused(home, ENV="production")


def test_the_process_environment_is_what_is_read_by_default(home, monkeypatch):
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    monkeypatch.setenv("HOTLINE_SIP_PORT", "5075")
    assert load(dotenv=NOWHERE).sip_port == 5075


def test_settings_that_are_shown_do_not_show_passwords(home):
    environ = {
        "HOTLINE_HOME": str(home),
        "HOTLINE_DATABASE_URL": "mysql+pymysql://hotline:sesame@127.0.0.1/hotline",
        "HOTLINE_REDIS_URL": "redis://:sesame@127.0.0.1/0",
    }
    assert "sesame" not in repr(config.load(environ, home / "no.env"))
