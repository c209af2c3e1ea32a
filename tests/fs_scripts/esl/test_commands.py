import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fs_scripts.esl import commands
from fs_scripts.esl.errors import InvalidArgument

UUID = "b601e616-471e-4c19-a4d4-39d92830a25a"


def separated(text: str, separator: str) -> list[str]:
    """FreeSWITCH's switch_separate_string, for the tests."""
    items, quoted, position = [""], False, 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            items[-1] += text[position : position + 2]
            position += 2
            continue
        if character == "'" and (quoted or "'" in text[position + 1 :]):
            quoted = not quoted
            items[-1] += character
        elif character == separator and not quoted:
            items.append("")
        else:
            items[-1] += character
        position += 1
    return [cleaned(item, separator) for item in items]


def cleaned(item: str, separator: str) -> str:
    item = item.lstrip(" ")
    out, end, quoted, position = "", 0, False, 0
    meaning = {"n": "\n", "r": "\r", "t": "\t", "s": " "}
    while position < len(item):
        character, after = item[position], item[position + 1 : position + 2]
        if character == "\\" and after and (after in "'\"\\" or after == separator or after in meaning):
            out += meaning.get(after, after)
            end = len(out)
            position += 2
            continue
        if character == "'" and (quoted or "'" in item[position + 1 :]):
            quoted = not quoted
            if quoted:
                end = len(out)
        else:
            out += character
            if character != " " or quoted:
                end = len(out)
        position += 1
    return out[:end]


TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]))


@given(TEXT, st.sampled_from(" ;,|"))
def test_what_is_quoted_comes_out_as_it_was(value: str, separator: str) -> None:
    assert separated(commands.quote(value, separator), separator) == [value]


@given(st.lists(TEXT, min_size=1, max_size=5))
def test_values_of_many_variables_stay_apart(values: list[str]) -> None:
    variables = {f"v{number}": value for number, value in enumerate(values)}
    try:
        command = commands.uuid_setvar_multi(UUID, variables)
    except InvalidArgument:
        assert any("$" in value or value.startswith("ARRAY::") for value in values)
        return
    pairs = separated(command.removeprefix(f"uuid_setvar_multi {UUID} "), ";")
    assert dict(pair.split("=", 1) for pair in pairs) == variables


@pytest.mark.parametrize("bad", ["a\rb", "a\nb", "a\n\nb", "a\0b", "\n", "x\r\nconnection: close"])
def test_line_ends_and_nul_are_refused_everywhere(bad: str) -> None:
    for build in (
        lambda: commands.execute("playback", bad),
        lambda: commands.execute(bad),
        lambda: commands.execute("playback", "x", bad),
        lambda: commands.api("status", bad),
        lambda: commands.bgapi(bad, UUID),
        lambda: commands.bgapi("status", bad),
        lambda: commands.auth(bad),
        lambda: commands.only("Unique-ID", bad),
        lambda: commands.never("Application", bad),
        lambda: commands.subscribe([bad]),
        lambda: commands.uuid_kill(UUID, bad),
        lambda: commands.uuid_setvar(UUID, "name", bad),
        lambda: commands.uuid_setvar(UUID, bad, "x"),
        lambda: commands.uuid_setvar_multi(UUID, {"name": bad}),
        lambda: commands.uuid_transfer(UUID, bad),
        lambda: commands.uuid_broadcast(UUID, bad),
        lambda: commands.uuid_record(UUID, "start", bad),
        lambda: commands.uuid_bridge(UUID, bad),
        lambda: commands.originate("user/1001", {"name": bad}, "park"),
        lambda: commands.originate("user/1001", None, "playback", bad),
        lambda: commands.originate(bad, None, "park"),
        lambda: commands.dial_string([(bad, {})]),
        lambda: commands.channel_vars({"name": bad}, "["),
        lambda: commands.set_vars({"name": bad}),
    ):
        with pytest.raises(InvalidArgument):
            build()


@pytest.mark.parametrize("bad", ["", " ", "a\n\nb", "\na", "a\n", "a\rb", "a\0b", "\ud800"])
def test_a_packet_is_one_command(bad: str) -> None:
    with pytest.raises(InvalidArgument):
        commands.packet(bad)


def test_the_error_names_the_field_and_the_reason() -> None:
    with pytest.raises(InvalidArgument, match="hotline_note: contains a line feed") as refused:
        commands.uuid_setvar(UUID, "hotline_note", "a\nb")
    assert refused.value.field == "hotline_note"


@pytest.mark.parametrize("value", ["${system rm -rf /}", "a$\\{b}", "$${domain}"])
def test_what_freeswitch_would_expand_is_refused_in_values(value: str) -> None:
    for build in (commands.set_vars, commands.channel_vars):
        with pytest.raises(InvalidArgument):
            build({"name": value})
    with pytest.raises(InvalidArgument):
        commands.uuid_setvar(UUID, "name", value)
    with pytest.raises(InvalidArgument):
        commands.uuid_setvar_multi(UUID, {"name": value})


def test_an_argument_of_an_application_may_expand_variables() -> None:
    assert commands.execute("bridge", "user/1001@${domain}", "id-1") == (
        "sendmsg\ncall-command: execute\nexecute-app-name: bridge\n"
        "execute-app-arg: user/1001@${domain}\nEvent-UUID: id-1"
    )


def test_a_long_argument_is_the_body_of_its_command() -> None:
    argument = "队列" * 60
    command = commands.execute("bridge", argument, "id-1")
    assert command == (
        "sendmsg\ncall-command: execute\nexecute-app-name: bridge\nEvent-UUID: id-1\n"
        f"content-type: text/plain\ncontent-length: 360\n\n{argument}"
    )
    assert commands.packet(command) == command.encode() + b"\n\n"


@pytest.mark.parametrize("body", ["", "abc", "abcde", "a\ncd", "ab\n\nc"])
def test_a_packet_has_a_body_only_of_the_length_that_it_says(body: str) -> None:
    with pytest.raises(InvalidArgument):
        commands.packet(f"sendmsg\ncontent-length: 4\n\n{body}")


def test_an_execution_can_lock_out_others() -> None:
    assert commands.execute("answer", lock=True).endswith("\nevent-lock: true")


def test_a_dial_string_has_the_variables_of_each_leg() -> None:
    legs = [("user/1001@a", {"leg_timeout": 20, "name": "王 三"}), ("user/1002@a", {})]
    assert commands.dial_string(legs) == "[leg_timeout=20,name='王 三']user/1001@a,user/1002@a"
    assert commands.dial_string(legs, {"b": True}, one_after_the_other=True) == (
        "{b=true}[leg_timeout=20,name='王 三']user/1001@a|user/1002@a"
    )


def test_a_comma_in_a_value_takes_another_separator() -> None:
    assert commands.channel_vars({"a": "1,2;3", "b": "x y"}, "[") == "[^^~a=1,2;3~b='x y']"
    assert commands.channel_vars({"a": "1,2"}, "{") == "{^^;a=1,2}"


@pytest.mark.parametrize("character", "'\"\\[]{}<>|^")
def test_what_no_dial_string_can_carry_is_refused_and_harmless_replaces_it(character: str) -> None:
    value = f"a{character}b"
    with pytest.raises(InvalidArgument):
        commands.channel_vars({"name": value})
    assert re.fullmatch(r"a.b", commands.harmless(value))
    commands.channel_vars({"name": commands.harmless(value)})


@given(st.text())
def test_harmless_text_fits_everywhere(value: str) -> None:
    safe = commands.harmless(value)
    for build in (
        lambda: commands.channel_vars({"name": safe}, "["),
        lambda: commands.set_vars({"name": safe}),
        lambda: commands.uuid_setvar_multi(UUID, {"name": safe}),
        lambda: commands.uuid_setvar(UUID, "name", safe),
    ):
        commands.packet(commands.api(build()))


def test_harmless_keeps_chinese_and_limits_the_length() -> None:
    assert commands.harmless("王小明（纳税人）") == "王小明（纳税人）"
    assert commands.harmless("%0A ${x}\r\nEvent-Name: y") == "%0A ＄｛x｝Event-Name: y"
    assert len(commands.harmless("A" * 10000)) == 80


def test_set_vars_takes_a_separator_that_is_in_no_value() -> None:
    assert commands.set_vars({"a": "1;2", "b": None, "c": 3}) == "^^~a=1;2~b=~c=3"
    with pytest.raises(InvalidArgument):
        commands.set_vars({"a": ";~#!+%&:"})


def test_events_of_custom_subclasses_come_last() -> None:
    assert commands.subscribe(["CUSTOM sofia::register", "DTMF", "CUSTOM sofia::unregister", "DTMF"]) == (
        "event plain DTMF CUSTOM sofia::register sofia::unregister"
    )


def test_originate_quotes_the_application_and_its_argument() -> None:
    assert commands.originate("user/1001", {"a": "b c"}, "playback", "/a b.wav") == (
        "originate {a='b c'}user/1001 &playback(/a\\sb.wav)"
    )
    assert (
        commands.originate("user/1001", None, "1002", context="desk") == "originate user/1001 1002 XML desk"
    )
    with pytest.raises(InvalidArgument):
        commands.originate("user/1001", None, "playback", "a) x(")


def test_api_commands_are_written_as_freeswitch_wants_them() -> None:
    assert commands.uuid_break(UUID, everything=True) == f"uuid_break {UUID} all"
    assert commands.uuid_transfer(UUID, "12366", "trunk", leg="-both") == (
        f"uuid_transfer {UUID} -both 12366 XML trunk"
    )
    assert (
        commands.uuid_record(UUID, "start", "/r/a b.wav", 60) == f"uuid_record {UUID} start /r/a\\sb.wav 60"
    )
    assert commands.uuid_broadcast(UUID, "beep.wav", "both") == f"uuid_broadcast {UUID} beep.wav both"
    assert commands.uuid_setvar(UUID, "a", None) == f"uuid_setvar {UUID} a"
    assert commands.uuid_kill(UUID) == f"uuid_kill {UUID} NORMAL_CLEARING"
    with pytest.raises(InvalidArgument):
        commands.uuid_kill("a b")
    with pytest.raises(InvalidArgument):
        commands.uuid_setvar(UUID, "a b", "x")
