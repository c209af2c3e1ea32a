"""The configuration tree as text: what can be seen without a switch."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fs_scripts.switch.settings import PROJECT
from hotline.domain.directory import DOMAIN

TREE = PROJECT / "freeswitch-conf"
FILES = sorted(TREE.rglob("*.xml"))
# What FreeSWITCH 1.10's build/modules.conf.in builds by default, and two that only its Debian packages have.
BUILT = {
    *("mod_commands", "mod_conference", "mod_console", "mod_db", "mod_dialplan_xml", "mod_dptools"),
    *("mod_event_socket", "mod_expr", "mod_hash", "mod_local_stream", "mod_logfile", "mod_loopback"),
    *("mod_native_file", "mod_opus", "mod_sndfile", "mod_sofia", "mod_spandsp", "mod_tone_stream"),
}
PACKAGED = {"mod_xml_curl", "mod_json_cdr"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TREE)))
def test_each_file_is_xml(path: Path) -> None:
    ET.parse(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(TREE)))
def test_no_comment_holds_what_the_pre_processor_obeys(path: Path) -> None:
    for comment in re.findall(r"<!--.*?-->", path.read_text(), re.DOTALL):
        assert "x-pre-process" not in comment.lower()
        assert "<!--#" not in comment
        assert "include>" not in comment


def test_only_stock_modules_are_loaded() -> None:
    root = ET.parse(TREE / "autoload_configs/modules.conf.xml")

    assert {load.attrib["module"] for load in root.iter("load")} == BUILT | PACKAGED


def test_every_variable_is_set_in_one_file() -> None:
    set_there = set(re.findall(r'data="(\w+)=', (TREE / "vars.xml").read_text()))
    core = {"conf_dir", "log_dir"}

    used = {name for path in FILES for name in re.findall(r"\$\$\{(\w+)\}", path.read_text())}
    assert used <= set_there | core


def test_the_domain_is_the_one_that_hashes_are_made_for() -> None:
    assert f'data="domain={DOMAIN}"' in (TREE / "vars.xml").read_text()


def hotline_numbers() -> re.Pattern[str]:
    root = ET.parse(TREE / "dialplan/trunk.xml")
    condition = root.find(".//extension[@name='hotline']/condition")
    assert condition is not None
    return re.compile(condition.attrib["expression"].replace("$${hotline_number}", "12366"))


@pytest.mark.parametrize(
    "called", ["12366", "051212366", "51212366", "+8651212366", "008651212366", "01012366"]
)
def test_carriers_may_put_country_and_area_code_before_the_number(called: str) -> None:
    assert hotline_numbers().match(called)


@pytest.mark.parametrize("called", ["112366x", "912366", "1236", "123660", "13812312366", "0012366"])
def test_other_numbers_are_not_the_hotline(called: str) -> None:
    assert not hotline_numbers().match(called)


def outbound_numbers() -> re.Pattern[str]:
    root = ET.parse(TREE / "dialplan/desk.xml")
    condition = root.find(".//extension[@name='outbound']/condition")
    assert condition is not None
    return re.compile(condition.attrib["expression"])


@pytest.mark.parametrize(
    "called",
    [
        "13800138000",
        "051253530000",
        "01088886666",
        "53530000",
        "110",
        "10086",
        "12345",
        "95588",
        "4008123123",
    ],
)
def test_desks_may_call_numbers_in_the_country(called: str) -> None:
    assert outbound_numbers().match(called)


@pytest.mark.parametrize("called", ["0085212345678", "00112345678", "8001", "*99", "1", "abc", "1380013800"])
def test_desks_may_not_call_abroad_nor_what_is_no_number(called: str) -> None:
    assert not outbound_numbers().match(called)
