"""Accounts of desk phones: what is written is XML, says what was given, and commands the switch nothing."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.domain.directory import (
    NOT_FOUND,
    DeskUser,
    DirectoryError,
    a1_hash,
    document,
    include_file,
    user_element,
)

HASH = a1_hash("1001", "secret")


def variables(xml: str) -> dict[str, str]:
    return {v.attrib["name"]: v.attrib["value"] for v in ET.fromstring(xml).iter("variable")}


def test_the_hash_is_that_of_the_digest_standard() -> None:
    # echo -n 1001:hotline:secret | md5sum
    assert a1_hash("1001", "secret") == "9825b4c9c75afc481a419b95f9c54647"


def test_a_user_carries_its_hash_name_and_agent() -> None:
    xml = user_element(DeskUser("1001", HASH, name="王芳", agent="8001"))

    user = ET.fromstring(xml)
    assert user.attrib == {"id": "1001"}
    assert [(p.attrib["name"], p.attrib["value"]) for p in user.iter("param")] == [("a1-hash", HASH)]
    assert variables(xml) == {
        "user_context": "desk",
        "hotline_extension": "1001",
        "hotline_agent_number": "8001",
        "effective_caller_id_number": "1001",
        "effective_caller_id_name": "王芳",
        "accountcode": "1001",
    }


def test_a_phone_without_an_agent_or_a_name_shows_its_extension() -> None:
    shown = variables(user_element(DeskUser("1001", HASH)))

    assert shown["effective_caller_id_name"] == "1001"
    assert "hotline_agent_number" not in shown


def test_the_file_holds_all_users_in_order_and_its_include_tags_stand_alone_on_their_lines() -> None:
    lines = include_file([DeskUser("1010", HASH), DeskUser("1002", HASH)]).splitlines()

    # FreeSWITCH drops the whole line that one of these tags is on.
    assert lines[0] == "<include>"
    assert lines[-1] == "</include>"
    assert [line for line in lines if "<user " in line] == ['<user id="1002">', '<user id="1010">']


def test_the_answer_for_one_user_has_the_domain_the_dial_string_and_a_time_to_keep_it() -> None:
    root = ET.fromstring(document(DeskUser("1001", HASH), cache_ms=5000).encode())

    assert root.find("section[@name='directory']/domain[@name='hotline']/groups/group/users/user") is not None
    assert "sofia_contact(*/${dialed_user}@${dialed_domain})" in str(
        root.find("section/domain/params/param[@name='dial-string']").attrib["value"]  # type: ignore[union-attr]
    )
    assert next(root.iter("user")).attrib["cacheable"] == "5000"


def test_the_answer_for_nobody_says_not_found() -> None:
    assert document(None) == NOT_FOUND
    result = ET.fromstring(NOT_FOUND.encode()).find("section[@name='result']/result")
    assert result is not None
    assert result.attrib["status"] == "not found"


@pytest.mark.parametrize(
    "name",
    [
        '"><param name="password" value=""/>',
        "$${hotline_event_password}",
        "${system(touch /tmp/forged)}",
        '<X-PRE-PROCESS cmd="exec" data="id"/>',
        "X-pre-process",
        "<include>",
        '<!--#exec "id"-->',
        "a\r\nb\x00c\ud800d",
        "]]>&lt;",
        "名" * 10_000,
    ],
)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    xml = user_element(DeskUser("1001", HASH, name=name))

    assert [child.tag for child in ET.fromstring(xml).iter()] == ET_TAGS
    for word in ("x-pre-process", "$", "<!--", "<include", "{"):
        assert word not in xml.lower()
    assert len(xml.splitlines()) == PLAIN_LINES
    assert len(variables(xml)["effective_caller_id_name"]) <= 64


PLAIN = user_element(DeskUser("1001", HASH, name="plain"))
ET_TAGS = [child.tag for child in ET.fromstring(PLAIN).iter()]
PLAIN_LINES = len(PLAIN.splitlines())


@given(st.text())
def test_any_name_leaves_the_document_well_formed(name: str) -> None:
    text = document(DeskUser("1001", HASH, name=name))

    assert len(list(ET.fromstring(text.encode()).iter("user"))) == 1


@pytest.mark.parametrize("extension", ["", "1", "10 01", "1001\n", "١٢٣٤", "1001/../x", "12345678901"])
def test_an_extension_that_is_no_number_is_refused(extension: str) -> None:
    with pytest.raises(DirectoryError, match="extension"):
        DeskUser(extension, HASH)


def test_a_hash_that_is_none_is_refused() -> None:
    with pytest.raises(DirectoryError, match="1001"):
        DeskUser("1001", "secret")


def test_an_agent_number_that_is_none_is_refused() -> None:
    with pytest.raises(DirectoryError, match="agent"):
        DeskUser("1001", HASH, agent="<8001>")
