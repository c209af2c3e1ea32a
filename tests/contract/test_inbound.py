"""An inbound connection: signing in, subscriptions, filters, API commands and background jobs."""

from __future__ import annotations

import json
import socket

import pytest

from tests.contract.client import Connection, NothingCame
from tests.contract.conftest import Switch, listed


def knock(switch: Switch) -> Connection:
    link = Connection(socket.create_connection(("127.0.0.1", switch.lab.event_port)))
    assert link.next_reply().kind == "auth/request"
    return link


def test_a_wrong_password_is_refused_and_the_connection_closed(switch: Switch) -> None:
    link = knock(switch)

    assert link.send("auth wrong").reply == "-ERR invalid"
    link.wait_closed()


def test_nothing_is_answered_before_signing_in(switch: Switch) -> None:
    link = knock(switch)

    assert link.send("api status").reply == "-ERR command not found"
    link.close()


def test_exit_says_goodbye(switch: Switch) -> None:
    link = switch.control()

    assert link.send("exit").reply == "+OK bye"
    link.wait_closed()
    assert link.frames[-1].kind == "text/disconnect-notice"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("event frobnicate", "-ERR no keywords supplied"),
        ("event plain ALL", "+OK event listener enabled plain"),
        ("event json CUSTOM sofia::register", "+OK event listener enabled json"),
        ("nixevent DTMF", "+OK events nixed"),
        ("noevents", "-ERR not listening for events"),
        ("filter Unique-ID", "-ERR invalid syntax"),
        ("filter Unique-ID abc", "+OK filter added. [Unique-ID]=[abc]"),
        ("filter delete Unique-ID abc", "+OK filter deleted. [Unique-ID][abc]"),
        ("linger", "-ERR not controlling a session"),
        ("divert_events on", "-ERR not controlling a session."),
        ("connect", "-ERR command not found"),
        ("getvar x", "-ERR command not found"),
        ("frobnicate", "-ERR command not found"),
        ("sendmsg\ncall-command: execute", "-ERR invalid session id []"),
    ],
)
def test_replies_are_worded_as_freeswitch_words_them(switch: Switch, command: str, reply: str) -> None:
    assert switch.control().send(command).reply == reply


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("frobnicate", "-ERR frobnicate Command not found!\n"),
        ("uuid_kill nope", "-ERR No such channel!\n"),
        ("uuid_break nope", "-ERR No such channel!\n"),
        ("uuid_exists nope", "false"),
        ("uuid_getvar nope x", "-ERR No such channel!\n"),
        ("uuid_getvar", "-USAGE: <uuid> <var>\n"),
        ("uuid_setvar x", "-USAGE: <uuid> <var> [value]\n"),
        ("uuid_setvar nope a b", "-ERR No such channel!\n"),
        ("uuid_dump nope json", "-ERR No such channel!\n"),
        ("uuid_bridge nope nope", "-ERR Invalid uuid\n"),
        ("uuid_transfer nope 1", "-ERR No such channel!\n"),
        ("uuid_send_dtmf nope 1", "-ERR Cannot locate session!\n"),
        ("uuid_record nope start /tmp/x.wav", "-ERR Cannot locate session!\n"),
        ("uuid_broadcast nope x.wav", "-ERR invalid uuid\n"),
        ("uuid_broadcast", "-USAGE: <uuid> <path> [aleg|bleg|holdb|both]\n"),
        ("uuid_hold nope", "+OK Success\n"),
        ("uuid_phone_event nope talk", "-ERR Operation failed\n"),
        ("global_getvar domain", "lab.test"),
        ("global_getvar nothing_of_this_name", "-ERR no reply\n"),
        ("eval ${domain}", "lab.test"),
        ("reloadxml", "+OK [Success]\n"),
        ("fsctl pause", "+OK\n"),
        ("fsctl resume", "+OK\n"),
        ("sofia_contact 1005@lab.test", "error/user_not_registered"),
        ("show registrations as json", '{"row_count": 0}\n'),
        ("show calls as json", '{"row_count": 0}\n'),
        ("show channels count", "\n0 total.\n"),
        (
            "hupall NORMAL_CLEARING no such",
            "+OK hangup all channels matching [no]=[such] with cause: NORMAL_CLEARING\n",
        ),
    ],
)
def test_api_answers_without_a_call(switch: Switch, command: str, reply: str) -> None:
    if switch.simulated and command.startswith("show registrations"):
        pytest.skip("the simulated telephones are registered, those of the FreeSWITCH lab are not")
    assert switch.control().api(command) == reply


def test_the_version_says_what_it_is(switch: Switch) -> None:
    control = switch.control()

    told = control.api("version") + control.api("status")

    assert "1.10" in control.api("version")
    assert ("simulated switch" in told) is switch.simulated


def test_show_channels_has_a_row_for_each_channel(switch: Switch) -> None:
    call = switch.call("Wang Wu")
    call.link.execute("playback", "local_stream://moh")
    call.link.event("CHANNEL_EXECUTE", Application="playback")

    control = switch.control()

    wanted = {
        "direction": "inbound",
        "state": "CS_EXECUTE",
        "callstate": "ACTIVE",
        "cid_name": "Wang Wu",
        "cid_num": "13900001111",
        "dest": "12366",
        "application": "playback",
        "application_data": "local_stream://moh",
        "read_codec": "PCMA",
    }
    row = listed(control, call.uuid, wanted)
    assert row["created_epoch"].isdigit()


def test_variables_are_set_and_read_by_api(switch: Switch) -> None:
    call = switch.call()
    control = switch.control()

    assert control.api(f"uuid_setvar {call.uuid} hotline_x a b") == "+OK\n"
    assert control.api(f"uuid_getvar {call.uuid} hotline_x") == "a b"
    assert control.api(f"uuid_setvar {call.uuid} hotline_x") == "+OK\n"
    assert control.api(f"uuid_getvar {call.uuid} hotline_x") == "_undef_"
    assert control.api(f"uuid_setvar_multi {call.uuid} hotline_y=1;hotline_z=it's 2") == "+OK\n"
    assert control.api(f"uuid_getvar {call.uuid} hotline_z") == "it's 2"
    dumped = json.loads(control.api(f"uuid_dump {call.uuid} json"))
    assert dumped["variable_hotline_z"] == "it's 2"
    assert control.api(f"uuid_exists {call.uuid}") == "true"


def test_a_background_job_answers_with_its_own_id(switch: Switch) -> None:
    control = switch.control("BACKGROUND_JOB")

    reply = control.send("bgapi eval ${domain}\nJob-UUID: my-job")
    done = control.event("BACKGROUND_JOB", Job_UUID="my-job")

    assert reply.reply == "+OK Job-UUID: my-job"
    assert reply.headers["Job-UUID"] == "my-job"
    assert done.event["Job-Command"] == "eval"
    assert done.event["Job-Command-Arg"] == "${domain}"
    assert done.event_body == "lab.test"


def test_a_job_of_an_unknown_command_says_so(switch: Switch) -> None:
    control = switch.control("BACKGROUND_JOB")
    control.send("bgapi frobnicate\nJob-UUID: odd")

    assert (
        control.event("BACKGROUND_JOB", Job_UUID="odd").event_body == "-ERR frobnicate Command not found!\n"
    )


def test_an_inbound_connection_can_command_a_channel(switch: Switch) -> None:
    call = switch.call()
    control = switch.control("CHANNEL_EXECUTE_COMPLETE")

    mark = control.execute("set", "hotline_x=1", channel=call.uuid)

    assert control.completed(mark).event["variable_hotline_x"] == "1"


def test_a_filter_lets_only_its_value_through(switch: Switch) -> None:
    first, second = switch.call(), switch.call()
    control = switch.control("CHANNEL_EXECUTE_COMPLETE")
    control.send(f"filter Unique-ID {second.uuid}")

    first.link.run("set", "a=1")
    second.link.run("set", "b=1")
    control.event("CHANNEL_EXECUTE_COMPLETE")

    assert {frame.event["Unique-ID"] for frame in control.frames} == {second.uuid}


def test_two_filters_are_either_or(switch: Switch) -> None:
    first, second = switch.call(), switch.call()
    control = switch.control("CHANNEL_EXECUTE_COMPLETE")
    control.send(f"filter Unique-ID {first.uuid}")
    control.send(f"filter Unique-ID {second.uuid}")

    first.link.run("set", "a=1")
    second.link.run("set", "b=1")

    control.event("CHANNEL_EXECUTE_COMPLETE", Unique_ID=first.uuid)
    control.event("CHANNEL_EXECUTE_COMPLETE", Unique_ID=second.uuid)


def test_a_negative_filter_holds_back_what_another_lets_through(switch: Switch) -> None:
    call = switch.call()
    control = switch.control("CHANNEL_EXECUTE_COMPLETE")
    control.send(f"filter Unique-ID {call.uuid}")
    control.send("filter Application -set")

    call.link.run("set", "a=1")
    mark = call.link.execute("multiset", "b=1")

    control.completed(mark)
    assert len(control.frames) == 1


def test_a_deleted_filter_no_longer_holds_anything_back(switch: Switch) -> None:
    call = switch.call()
    control = switch.control("CHANNEL_EXECUTE_COMPLETE")
    control.send("filter Unique-ID nobody")
    call.link.run("set", "a=1")
    control.send("filter delete Unique-ID")

    mark = call.link.execute("set", "b=1")

    control.completed(mark)
    assert len(control.frames) == 1


def test_nixevent_takes_one_name_back(switch: Switch) -> None:
    call = switch.call()
    control = switch.control("CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE")
    control.send("nixevent CHANNEL_EXECUTE")

    control.completed(call.link.execute("set", "a=1"))

    assert control.names() == ["CHANNEL_EXECUTE_COMPLETE"]


def test_noevents_silences_the_connection(switch: Switch) -> None:
    call = switch.call()
    control = switch.control("CHANNEL_EXECUTE_COMPLETE")

    assert control.send("noevents").reply == "+OK no longer listening for events"
    call.link.run("set", "a=1")

    with pytest.raises(NothingCame):
        control.event("CHANNEL_EXECUTE_COMPLETE", timeout=0.3)


def test_events_as_json_say_the_same(switch: Switch) -> None:
    call = switch.call("赵六")
    plain = switch.control("CHANNEL_EXECUTE_COMPLETE")
    as_json = switch.control("CHANNEL_EXECUTE_COMPLETE", form="json")

    mark = call.link.execute("set", "hotline_x=a b: c")

    one, other = plain.completed(mark), as_json.completed(mark)
    assert one.event == other.event
    assert one.event["Caller-Caller-ID-Name"] == "赵六"


def test_a_transfer_takes_the_caller_from_the_handler(switch: Switch) -> None:
    call = switch.call()

    assert switch.control().api(f"uuid_transfer {call.uuid} 999999") == "+OK\n"

    assert call.link.event("CHANNEL_HANGUP_COMPLETE").event["Hangup-Cause"] == "NO_ROUTE_DESTINATION"


def test_a_broadcast_plays_to_the_caller(switch: Switch) -> None:
    call = switch.call()

    assert (
        switch.control().api(f"uuid_broadcast {call.uuid} {switch.sound('half')} aleg")
        == "+OK Message sent\n"
    )

    done = call.link.wait_for(lambda f: f.event.get("Application-Data") == switch.sound("half"))
    assert done.event["Application"] == "playback"
