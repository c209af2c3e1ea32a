import time
from collections.abc import Callable

import gevent
import pytest

from fs_scripts.esl import inbound
from fs_scripts.esl.errors import CommandFailed, CommandTimeout, ConnectionLost, EslError
from fs_scripts.esl.events import Event
from fs_scripts.esl.inbound import EventSocket
from tests.fs_scripts.esl.fakes import FakeEventSocket, api_response, event_frame, payload, reply, wait_for

Connect = Callable[..., EventSocket]


def body(name: str) -> str:
    return payload(name).partition(b"\n\n")[2].decode()


def test_it_signs_in_and_subscribes_then_says_that_it_is_connected(
    switch: FakeEventSocket, connect: Connect
) -> None:
    event_socket = connect(events=["CHANNEL_CREATE", "CUSTOM sofia::register"])
    assert event_socket.wait_connected(2)
    assert event_socket.connected
    assert switch.peers[0].commands == [
        "auth secret",
        "event plain CHANNEL_CREATE BACKGROUND_JOB CUSTOM sofia::register",
    ]


def test_events_come_in_order_and_a_failing_handler_does_not_end_it(
    switch: FakeEventSocket, connect: Connect
) -> None:
    seen: list[str] = []

    def on_event(event: Event) -> None:
        seen.append(event.name)
        if event.name == "DTMF":
            raise ValueError("a handler's mistake")

    event_socket = connect(on_event=on_event)
    peer = switch.subscribed()
    peer.send(event_frame("channel_create") + event_frame("dtmf") + event_frame("channel_hangup"))
    wait_for(lambda: len(seen) == 3)
    assert seen == ["CHANNEL_CREATE", "DTMF", "CHANNEL_HANGUP"]
    assert event_socket.api("status") == "+OK"


def test_a_lost_connection_is_made_again_with_subscription_and_snapshot(
    switch: FakeEventSocket, connect: Connect
) -> None:
    history: list[str] = []
    event_socket = connect(
        on_connected=lambda it: history.append(f"up {len(it.channels())}"),
        on_lost=lambda: history.append("lost"),
    )
    switch.answers["api show channels"] = payload("api_show_channels")
    switch.subscribed(1)
    wait_for(lambda: history == ["up 2"])
    switch.peers[0].close()
    switch.subscribed(2)
    wait_for(lambda: history == ["up 2", "lost", "up 2"])
    assert event_socket.connected


def test_a_switch_that_comes_later_is_found(connect: Connect, switch: FakeEventSocket) -> None:
    port = switch.port
    switch.stop()
    event_socket = connect()
    event_socket._address = ("127.0.0.1", port)
    assert not event_socket.wait_connected(0.1)
    late = FakeEventSocket(port)
    try:
        assert event_socket.wait_connected(2)
    finally:
        event_socket.stop()
        late.stop()


def test_a_wrong_password_is_tried_again_and_never_called_connected(
    switch: FakeEventSocket, connect: Connect
) -> None:
    switch.answers["auth"] = payload("reply_auth_err") + payload("disconnect_notice_inbound")
    event_socket = connect()
    switch.peer(3)
    assert not event_socket.connected
    switch.answers["auth"] = payload("reply_auth")
    assert event_socket.wait_connected(2)


def test_a_rejection_is_no_connection(switch: FakeEventSocket, connect: Connect) -> None:
    switch.greeting = b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
    event_socket = connect()
    switch.peer(2)
    assert not event_socket.connected


def test_api_returns_what_was_printed_and_raises_errors(switch: FakeEventSocket, connect: Connect) -> None:
    switch.answers |= {
        "api global_getvar": api_response("127.0.0.1\n"),
        "api uuid_kill": payload("api_uuid_kill_err"),
        "api show": api_response("-USAGE: show what\n"),
        "api slow": None,
    }
    event_socket = connect()
    assert event_socket.wait_connected(2)
    assert event_socket.api("global_getvar domain") == "127.0.0.1"
    for command in ("uuid_kill x", "show"):
        with pytest.raises(CommandFailed):
            event_socket.api(command)
    with pytest.raises(ValueError, match="line feed"):
        event_socket.api("status\n\napi hupall")
    with pytest.raises(CommandTimeout):
        event_socket.api("slow", timeout=0.02)


def test_channels_and_registrations_are_rows(switch: FakeEventSocket, connect: Connect) -> None:
    switch.answers |= {
        "api show channels": payload("api_show_channels"),
        "api show registrations": payload("api_show_registrations"),
    }
    event_socket = connect()
    assert event_socket.wait_connected(2)
    assert {row["direction"] for row in event_socket.channels()} == {"inbound", "outbound"}
    assert [row["reg_user"] for row in event_socket.registrations()] == ["1001"]
    switch.answers["api show channels"] = api_response('{"row_count":0}')
    assert event_socket.channels() == []
    switch.answers["api show channels"] = api_response("0 total.")
    with pytest.raises(EslError):
        event_socket.channels()


def test_a_background_job_is_matched_by_its_own_id(switch: FakeEventSocket, connect: Connect) -> None:
    seen: list[Event] = []
    event_socket = connect(on_event=seen.append)
    assert event_socket.wait_connected(2)
    switch.answers["bgapi"] = payload("reply_bgapi")
    job = gevent.spawn(event_socket.bgapi, "originate user/1001 &park")
    mine = switch.peers[0].sent("bgapi").rsplit("Job-UUID: ")[1]
    other = payload("background_job")
    switch.peers[0].send(other + other.replace(b"50e551bb-5b9d-4acc-b3b9-cf48458870df", mine.encode()))
    assert job.get(timeout=2) == "+OK d69a3c20-aba6-4f18-a6d5-7a2facef6606"
    assert seen == []


def test_a_background_job_that_fails_is_raised_and_one_without_end_too(
    switch: FakeEventSocket, connect: Connect
) -> None:
    event_socket = connect()
    assert event_socket.wait_connected(2)
    job = gevent.spawn(event_socket.bgapi, "originate user/1001 &park")
    mine = switch.peers[0].sent("bgapi").rsplit("Job-UUID: ")[1]
    content = f"Event-Name: BACKGROUND_JOB\nJob-UUID: {mine}\nContent-Length: 15\n\n-ERR USER_BUSY\n".encode()
    switch.peers[0].send(
        b"Content-Length: %d\nContent-Type: text/event-plain\n\n%b" % (len(content), content)
    )
    with pytest.raises(CommandFailed) as failed:
        job.get(timeout=2)
    assert failed.value.reply == "-ERR USER_BUSY"
    with pytest.raises(CommandTimeout):
        event_socket.bgapi("originate user/1001 &park", timeout=0.02)


@pytest.mark.parametrize("command", ["api", "bgapi"])
def test_a_lost_connection_wakes_whoever_waits(
    switch: FakeEventSocket, connect: Connect, command: str
) -> None:
    event_socket = connect()
    assert event_socket.wait_connected(2)
    switch.answers["api"] = None
    waiting = gevent.spawn(getattr(event_socket, command), "status", timeout=30)
    switch.peers[0].sent(command)
    switch.peers[0].close()
    with pytest.raises(ConnectionLost):
        waiting.get(timeout=2)


def test_without_a_connection_a_command_fails_at_once(connect: Connect, switch: FakeEventSocket) -> None:
    switch.answers["auth"] = None
    event_socket = connect()
    switch.peer().sent("auth")
    with pytest.raises(ConnectionLost):
        EventSocket("127.0.0.1", 1, "x", events=["DTMF"], on_event=print).api("status")
    assert not event_socket.connected


def test_a_handler_that_would_wait_for_itself_is_told_so(switch: FakeEventSocket, connect: Connect) -> None:
    errors: list[str] = []

    def on_event(_event: Event) -> None:
        try:
            event_socket.api("status")
        except EslError as error:
            errors.append(str(error))

    event_socket = connect(on_event=on_event)
    switch.subscribed().send(event_frame("dtmf"))
    wait_for(lambda: errors)
    assert "wait for itself" in errors[0]


def test_a_peer_that_went_silent_is_asked_and_given_up(
    switch: FakeEventSocket, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "PING_AFTER", 0.05)
    lost: list[float] = []
    event_socket = connect(on_lost=lambda: lost.append(time.monotonic()))
    peer = switch.subscribed()
    peer.sent("api uptime")
    assert event_socket.connected
    switch.answers["api uptime"] = None
    switch.peer(2)
    assert len(lost) == 1


def test_answers_that_nobody_asked_for_end_the_connection(switch: FakeEventSocket, connect: Connect) -> None:
    event_socket = connect()
    assert event_socket.wait_connected(2)
    switch.peers[0].send(reply("+OK"))
    switch.subscribed(2)
    assert event_socket.wait_connected(2)


def test_a_large_answer_in_pieces_is_whole(switch: FakeEventSocket, connect: Connect) -> None:
    switch.answers["api big"] = api_response("x" * 3_000_000)
    event_socket = connect()
    assert event_socket.wait_connected(2)
    assert len(event_socket.api("big")) == 3_000_000


def test_stopping_leaves_nothing_and_calls_nothing_lost_twice(
    switch: FakeEventSocket, connect: Connect
) -> None:
    lost: list[int] = []
    event_socket = connect(on_lost=lambda: lost.append(1))
    assert event_socket.wait_connected(2)
    event_socket.stop()
    event_socket.stop()
    assert not event_socket.connected
    assert lost == [1]
    assert switch.peers[0].closed.wait(2)
