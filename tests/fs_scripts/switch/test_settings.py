"""What the configuration tree is told, and that it asks for nothing else."""

import re
from pathlib import Path

from fs_scripts.switch.settings import SwitchSettings

SETTINGS = SwitchSettings(home=Path("/data"), event_password="p", switch_token="t")


def asked_for_by_the_tree() -> set[str]:
    text = (SETTINGS.conf / "vars.xml").read_text()
    return set(re.findall(r"\$\{?(HOTLINE_[A-Z_]+)", text))


def test_the_tree_is_told_all_it_asks_for_and_nothing_else() -> None:
    assert set(SETTINGS.environment()) == asked_for_by_the_tree()


def test_the_defaults_are_those_of_the_tree() -> None:
    text = (SETTINGS.conf / "vars.xml").read_text()
    environment = SETTINGS.environment()

    pairs = re.findall(r'cmd="set" data="(\w+)=([^"]*)"/>\s*<[^>]*cmd="env-set" data="\1=\$(\w+)"', text)
    own = {"HOTLINE_HOME", "HOTLINE_FS_PASSWORD", "HOTLINE_SWITCH_TOKEN"}
    assert len(pairs) > 10
    assert {name: value for _, value, name in pairs if name not in own} == {
        name: environment[name] for _, _, name in pairs if name not in own
    }
    assert f"HOTLINE_FS_EVENT_SOCKET:-{environment['HOTLINE_FS_EVENT_SOCKET']}" in text


def test_a_value_with_xml_in_it_reaches_the_tree_escaped() -> None:
    settings = SwitchSettings(home=Path("/data"), event_password='a"<b>&c', switch_token="t")

    assert settings.environment()["HOTLINE_FS_PASSWORD"] == "a&quot;&lt;b&gt;&amp;c"
