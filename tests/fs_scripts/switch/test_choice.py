"""What a FreeSWITCH of ours is told follows from the platform's own settings."""

from pathlib import Path

import pytest

from fs_scripts.switch.choice import switch_settings
from hotline.config import Settings, SettingsError, load

# Another value than the default for each name that the tree reads.
GIVEN = {
    "HOTLINE_FS_EVENT_SOCKET": "127.0.0.1:9021",
    "HOTLINE_FS_PASSWORD": "event-socket-password",
    "HOTLINE_SWITCH_TOKEN": "switch-token",
    "HOTLINE_HTTP": "127.0.0.1:9000",
    "HOTLINE_ESL_LISTEN": "127.0.0.1:9084",
    "HOTLINE_ESL_STANDBY": "127.0.0.1:9085",
    "HOTLINE_SIP_IP": "127.0.0.7",
    "HOTLINE_SIP_PORT": "9060",
    "HOTLINE_TRUNK_PORT": "9080",
    "HOTLINE_RTP_START": "20000",
    "HOTLINE_RTP_END": "21000",
    "HOTLINE_RTP_TIMEOUT": "30",
    "HOTLINE_TRUNK_ACL": "127.0.0.0/16,127.1.0.0/16",
    "HOTLINE_TRUNK_PROXY": "127.0.0.9:5060",
    "HOTLINE_TRUNK_CHANNELS": "60",
    "HOTLINE_FS_LOG_LEVEL": "debug",
}


def settings(home: Path, **given: str) -> Settings:
    return load({"HOTLINE_HOME": str(home), **given}, home / "no.env")


def test_every_setting_of_the_tree_can_be_given_to_the_platform(tmp_path: Path) -> None:
    told = switch_settings(settings(tmp_path, **GIVEN)).environment()

    assert told == {"HOTLINE_HOME": str(tmp_path), **GIVEN}


def test_a_console_on_all_addresses_is_asked_on_loopback(tmp_path: Path) -> None:
    told = switch_settings(settings(tmp_path, HOTLINE_HTTP="0.0.0.0:8000"))

    assert told.http == "127.0.0.1:8000"


@pytest.mark.parametrize("name", ["HOTLINE_TRUNK_CHANNELS", "HOTLINE_RTP_TIMEOUT"])
@pytest.mark.parametrize("value", ["0", "-1", "many", "", "9" * 40])
def test_a_limit_that_lets_nothing_through_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings(tmp_path, **{name: value})
