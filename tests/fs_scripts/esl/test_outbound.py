import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent import socket

from fs_scripts.esl.channel import MAX_WAITING_EVENTS
from fs_scripts.esl.errors import ChannelGone, CommandFailed, CommandTimeout
from fs_scripts.esl.events import Event
from fs_scripts.esl.outbound import CallServer, Channel, Completed
from tests.fs_scripts.esl.fakes import CALL, FakeCall, api_response, event_frame, payload, reply, wait_for

Serve = Callable[..., CallServer]
CallTo = Callable[..., FakeCall]


class Handled:
    """Runs a piece of handler code and keeps what came of it."""

    def __init__(self, work: Callable[[Channel], Any]) -> None:
        self._work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.channel: Channel | None = None
        self.done = gevent.event.Event()

    def __call__(self, channel: Channel) -> None:
        self.channel = channel
        try:
            self.result = self._work(channel)
        except BaseException as error:
            self.error = error
            raise
        finally:
            self.done.set()

    def outcome(self) -> Any:
        assert self.done.wait(5), "the handler did not end"
        if self.error is not None:
            raise self.error
        return self.result


def greenlets() -> int:
    gc.collect()
    return sum(1 for each in gc.get_objects() if isinstance(each, gevent.Greenlet) and not each.dead)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_channel_is_filtered_subscribed_and_lingers_before_the_handler_runs(
    serve: Serve, call_to: CallTo
) -> None:
    handled = Handled(lambda channel: (channel.uuid, channel.data["Caller-Caller-ID-Number"], channel.alive))
    call = call_to(serve(handled))
    assert handled.outcome() == (CALL, "13800138000", True)
    assert call.commands[:6] == [
        "connect",
        f"filter Unique-ID {CALL}",
        "filter Application -set",
        "filter Application -record_session",
        "event plain CHANNEL_EXECUTE_COMPLETE CHANNEL_BRIDGE CHANNEL_HANGUP DTMF",
        "linger 10",
    ]


def test_a_completion_is_matched_by_its_own_id_and_not_by_the_application(
    serve: Serve, call_to: CallTo
) -> None:
    handled = Handled(lambda channel: channel.execute("playback", "b.wav"))
    call = call_to(serve(handled))
    mine = call.executed("playback")
    call.complete("somebody-elses")
    call.complete(mine + "0")
    assert not handled.done.wait(0.05)
    call.complete(mine)
    assert handled.outcome()["Application-UUID"] == mine


def test_two_handlers_never_use_the_same_ids(serve: Serve, call_to: CallTo) -> None:
    ids = []
    for _ in range(2):
        handled = Handled(lambda channel: channel.execute("answer"))
        call = call_to(serve(handled))
        ids.append(call.executed("answer"))
        call.complete(ids[-1])
        handled.outcome()
    assert ids[0] != ids[1]


def test_a_hang_up_wakes_the_waiting_handler_with_its_cause(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.execute("playback", "local_stream://moh"))
    call = call_to(serve(handled))
    call.executed("playback")
    call.hang_up("ORIGINATOR_CANCEL")
    with pytest.raises(ChannelGone) as gone:
        handled.outcome()
    assert gone.value.cause == "ORIGINATOR_CANCEL"
    assert handled.channel is not None
    assert handled.channel.hangup_cause == "ORIGINATOR_CANCEL"
    assert not handled.channel.alive


def test_a_notice_that_overtakes_the_cause_waits_for_it(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.execute("playback", "local_stream://moh"))
    call = call_to(serve(handled))
    call.executed("playback")
    call.send(payload("disconnect_notice_linger"))
    gevent.sleep(0)
    call.send(event_frame("channel_hangup", Hangup_Cause="USER_BUSY"))
    with pytest.raises(ChannelGone, match="USER_BUSY"):
        handled.outcome()


def test_a_notice_alone_ends_the_call_too(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.next(5))
    call = call_to(serve(handled))
    call.sent("linger")
    call.send(payload("disconnect_notice_linger"))
    with pytest.raises(ChannelGone):
        handled.outcome()


@pytest.mark.parametrize("waits", ["execute", "next", "api"])
def test_a_closed_socket_wakes_whoever_waits(serve: Serve, call_to: CallTo, waits: str) -> None:
    def work(channel: Channel) -> None:
        if waits == "execute":
            channel.execute("playback", "x", timeout=30)
        elif waits == "next":
            channel.next(30)
        else:
            channel.set(hotline_queue="x")

    handled = Handled(work)
    call = call_to(serve(handled))
    call.answers["api"] = None
    wait_for(lambda: handled.channel is not None)
    call.close()
    with pytest.raises(ChannelGone):
        handled.outcome()


def test_an_end_inside_a_body_ends_the_call_and_does_not_spin(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.next(30))
    call = call_to(serve(handled))
    call.sent("linger")
    call.send(event_frame("dtmf")[:700])
    call.close()
    with pytest.raises(ChannelGone):
        handled.outcome()


def test_bytes_that_are_no_utf_8_do_not_end_the_call(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: (channel.data["Caller-Caller-ID-Name"], channel.next(2)))
    call = call_to(serve(handled), connect_reply=payload("hostile_gbk"))
    uuid = call.sent("filter").split()[-1]
    call.send(
        event_frame("dtmf", Unique_ID=uuid, DTMF_Digit="7").replace(
            b"taxpayer", b"\xcd\xf5\xd0\xa1\xc3\xf7ab"
        )
    )
    name, event = handled.outcome()
    assert "\ufffd" in name
    assert isinstance(event, Event)
    assert event["DTMF-Digit"] == "7"


def test_an_error_is_raised_at_once(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.execute("playback", "x"))
    call = call_to(serve(handled))
    call.answers["sendmsg"] = reply("-ERR invalid session id [x]")
    with pytest.raises(CommandFailed) as failed:
        handled.outcome()
    assert failed.value.reply == "-ERR invalid session id [x]"


def test_a_caller_whose_machine_is_gone_is_found_out_within_seconds(serve: Serve, call_to: CallTo) -> None:
    def options(channel: Channel) -> tuple[int, int, int]:
        sock = channel._connection.sock
        return (
            sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
            sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
        )

    handled = Handled(options)
    call_to(serve(handled))
    assert handled.outcome() == (1, 10, 10_000)


def test_an_application_that_is_refused_is_told_to_whoever_listens(serve: Serve, call_to: CallTo) -> None:
    def work(channel: Channel) -> None:
        channel.start("playback", "x")
        channel.next(5)

    handled = Handled(work)
    call = call_to(serve(handled))
    call.answers["sendmsg"] = reply("-ERR no reply")
    with pytest.raises(CommandFailed):
        handled.outcome()


def test_answers_that_nobody_waits_for_wake_nobody(serve: Serve, call_to: CallTo) -> None:
    begun, go_on = gevent.event.Event(), gevent.event.Event()

    def work(channel: Channel) -> tuple[int, int]:
        sock = channel._connection.sock
        channel.set_with_next({"hotline_queue": "policy"})
        channel.start("playback", "x")
        quiet = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)
        begun.set()
        go_on.wait(5)
        channel.api("status")
        return quiet, sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)

    handled = Handled(work)
    call = call_to(serve(handled))
    call.executed("playback")
    begun.wait(5)
    answers = api_response("+OK\n") + reply("+OK")
    pending = handled.channel._connection._commands_sent if handled.channel else []
    gevent.sleep(0.05)
    assert len(pending) == 2, "they lie unread"
    go_on.set()
    assert handled.outcome() == (len(answers) + 1, 1)


def test_an_answer_that_comes_too_late_is_not_given_to_the_next_command(
    serve: Serve, call_to: CallTo
) -> None:
    gave_up, go_on = gevent.event.Event(), gevent.event.Event()

    def work(channel: Channel) -> str:
        with pytest.raises(CommandTimeout):
            channel.api("first", timeout=0.02)
        gave_up.set()
        go_on.wait(5)
        return channel.api("second")

    handled = Handled(work)
    call = call_to(serve(handled))
    call.answers = {"api first": None, "api second": None, **call.answers}
    call.sent("api first")
    gave_up.wait(5)
    go_on.set()
    call.sent("api second")
    call.send(api_response("one") + api_response("two"))
    assert handled.outcome() == "two"


def test_the_mailbox_waits_for_completion_message_digit_and_hang_up_at_once(
    serve: Serve, call_to: CallTo
) -> None:
    def work(channel: Channel) -> list[object]:
        execution = channel.start("playback", "local_stream://moh")
        items: list[object] = []
        while True:
            try:
                item = channel.next(5)
            except ChannelGone as gone:
                return [*items, gone.cause]
            if isinstance(item, Event):
                items.append(item["DTMF-Digit"])
                channel.post("an offer")
            elif isinstance(item, Completed):
                items.append(item.execution is execution and item.event["Application-UUID"] == execution.uuid)
            else:
                items.append(item)
                call.complete(execution.uuid)
                call.hang_up()

    handled = Handled(work)
    call = call_to(serve(handled))
    call.executed("playback")
    call.send(event_frame("dtmf", DTMF_Digit="1"))
    assert handled.outcome() == ["1", "an offer", True, "NORMAL_CLEARING"]


def test_next_gives_none_in_time_and_drops_events_that_were_not_asked_for(
    serve: Serve, call_to: CallTo
) -> None:
    def work(channel: Channel) -> tuple[object, object, object]:
        wait_for(lambda: channel.mailbox.qsize() == 3)
        channel.post("offer")
        return channel.next(1, events={"CHANNEL_BRIDGE"}), channel.next(1, events=()), channel.next(0.01)

    handled = Handled(work)
    call = call_to(serve(handled))
    call.sent("linger")
    call.send(event_frame("dtmf") + event_frame("channel_bridge") + event_frame("dtmf"))
    bridge, offer, nothing = handled.outcome()
    assert bridge.name == "CHANNEL_BRIDGE"
    assert (offer, nothing) == ("offer", None)


def test_digits_keyed_too_early_can_be_discarded(serve: Serve, call_to: CallTo) -> None:
    def work(channel: Channel) -> list[object]:
        wait_for(lambda: channel.mailbox.qsize() == 3)
        channel.post("offer")
        channel.discard("DTMF")
        return [channel.next(0), channel.next(0), channel.next(0)]

    handled = Handled(work)
    call = call_to(serve(handled))
    call.sent("linger")
    call.send(event_frame("dtmf") + event_frame("channel_bridge") + event_frame("dtmf"))
    bridge, offer, nothing = handled.outcome()
    assert bridge.name == "CHANNEL_BRIDGE"
    assert (offer, nothing) == ("offer", None)


def test_a_key_that_is_held_down_does_not_fill_the_memory(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: (channel.execute("sleep", "1"), channel.mailbox.qsize())[1])
    call = call_to(serve(handled))
    uuid = call.executed("sleep")
    call.send(event_frame("dtmf") * (MAX_WAITING_EVENTS + 200))
    call.complete(uuid)
    assert handled.outcome() == MAX_WAITING_EVENTS


def test_variables_are_set_in_one_round_trip_and_known_at_once(serve: Serve, call_to: CallTo) -> None:
    def work(channel: Channel) -> list[str | None]:
        before = channel.var("hotline_queue")
        channel.set(hotline_queue="policy", hotline_priority=2)
        during = [channel.var("hotline_queue"), channel.var("hotline_priority")]
        channel.execute("playback", "x")
        return [before, *during, channel.var("hotline_priority")]

    handled = Handled(work)
    call = call_to(serve(handled))
    call.complete(call.executed("playback"))
    before, queue, priority, after = handled.outcome()
    assert (before, queue, priority) == (None, "policy", "2")
    assert after is None, "what the switch says later counts"
    assert [each for each in call.commands if each.startswith("api")] == [
        f"api uuid_setvar_multi {CALL} hotline_queue=policy;hotline_priority=2"
    ]


def test_variables_that_can_wait_go_before_the_next_application_and_are_known_at_once(
    serve: Serve, call_to: CallTo
) -> None:
    def work(channel: Channel) -> list[str | None]:
        channel.set_with_next({"hotline_queue": "policy", "hotline_agent": "8001"})
        channel.set_with_next({"hotline_queue": "systems", "hotline_leg": None})
        before = [channel.var("hotline_queue"), channel.var("hotline_leg")]
        channel.execute("playback", "x")
        channel.start("playback", "y")
        channel.hangup()
        return before

    handled = Handled(work)
    call = call_to(serve(handled))
    call.complete(call.executed("playback"))
    assert handled.outcome() == ["systems", None]
    sent = [each.splitlines()[0] for each in call.commands if each.startswith(("api", "sendmsg"))]
    setting = f"api uuid_setvar_multi {CALL} hotline_queue=systems;hotline_agent=8001;hotline_leg="
    assert sent[:-1] == [setting, "sendmsg", "sendmsg"]


def test_an_application_for_the_next_packet_is_sent_before_the_next_and_after_the_variables(
    serve: Serve, call_to: CallTo
) -> None:
    def work(channel: Channel) -> None:
        channel.start_with_next("answer")
        channel.set_with_next({"hotline_queue": "policy"})
        channel.start("bridge", "x", inside=[("record_session", "y")])
        channel.start("playback", "z")
        channel.hangup()

    handled = Handled(work)
    call = call_to(serve(handled))
    handled.outcome()
    variables = f"api uuid_setvar_multi {CALL} hotline_queue=policy"
    assert call.commands.index(variables) < call.commands.index(call.sent("sendmsg"))
    assert [app for app, _ in call.executions()] == ["answer", "bridge", "record_session", "playback"]


def test_the_end_of_an_application_that_nobody_waits_for_is_told(serve: Serve, call_to: CallTo) -> None:
    ended: list[str] = []

    def work(channel: Channel) -> None:
        channel.start_with_next("answer", on_end=lambda: ended.append("answer"))
        channel.start("bridge", "x", inside=[("record_session", "y")]).wait(5)

    handled = Handled(work)
    call = call_to(serve(handled))
    for app in ("answer", "record_session", "bridge"):
        call.complete(call.executed(app))
    handled.outcome()
    assert ended == ["answer"]


def test_a_channel_that_is_gone_when_its_variables_are_set_is_gone(serve: Serve, call_to: CallTo) -> None:
    def work(channel: Channel) -> None:
        channel.set_with_next({"hotline_queue": "x"})
        channel.execute("playback", "x")

    handled = Handled(work)
    call = call_to(serve(handled))
    call.answers["api"] = payload("api_uuid_kill_err")
    with pytest.raises(ChannelGone):
        handled.outcome()


def test_a_channel_that_the_switch_no_longer_knows_is_gone(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.set(hotline_queue="x"))
    server = serve(handled)
    call = call_to(server)
    call.answers["api"] = payload("api_uuid_kill_err")
    with pytest.raises(ChannelGone):
        handled.outcome()


def test_break_is_repeated_until_the_application_ends(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.start("playback", "local_stream://moh").stop())
    call = call_to(serve(handled))
    uuid = call.executed("playback")
    wait_for(lambda: call.commands.count(f"api uuid_break {CALL}") == 2)
    call.complete(uuid)
    assert handled.outcome()["Application-UUID"] == uuid


def test_an_application_that_takes_too_long_raises_and_goes_on(serve: Serve, call_to: CallTo) -> None:
    def work(channel: Channel) -> bool:
        execution = channel.start("playback", "x")
        with pytest.raises(CommandTimeout):
            execution.wait(0.01)
        return execution.done

    handled = Handled(work)
    call_to(serve(handled))
    assert handled.outcome() is False


def test_a_value_with_line_feeds_never_reaches_the_wire(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.execute("playback", "x\n\napi hupall"))
    call = call_to(serve(handled))
    with pytest.raises(ValueError, match="line feed"):
        handled.outcome()
    assert call.closed.wait(2)
    assert not any("hupall" in each for each in call.commands)


def test_a_handler_that_fails_hangs_up_the_call(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda _channel: 1 // 0)
    server = serve(handled)
    call = call_to(server)
    assert call.sent("api uuid_kill") == f"api uuid_kill {CALL} NORMAL_TEMPORARY_FAILURE"
    assert call.closed.wait(2)
    wait_for(lambda: server.calls == 0)


def test_a_handler_that_returns_leaves_the_call_to_the_dialplan(serve: Serve, call_to: CallTo) -> None:
    server = serve(Handled(lambda _channel: None))
    call = call_to(server)
    assert call.closed.wait(2)
    assert not any("uuid_kill" in each for each in call.commands)


def test_a_server_that_stops_leaves_its_calls_to_the_dialplan(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.execute("playback", "local_stream://moh", timeout=60))
    server = serve(handled)
    call = call_to(server)
    call.executed("playback")
    server.stop(0.05)
    assert call.closed.wait(2)
    assert not any("uuid_kill" in each for each in call.commands)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), 1)


def test_beyond_the_limit_a_call_is_closed_at_once(serve: Serve, call_to: CallTo) -> None:
    handled = Handled(lambda channel: channel.next(10))
    server = serve(handled, max_calls=1)
    first = call_to(server)
    first.sent("linger")
    second = call_to(server)
    assert second.closed.wait(2)
    assert second.commands == []
    first.hang_up()
    assert handled.done.wait(2)
    wait_for(lambda: server.calls == 0)
    third = call_to(server)
    third.sent("linger")


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\n\nnothing: here\n\n", b"\xff" * 100]
)
def test_a_stranger_on_the_port_is_closed(serve: Serve, garbage: bytes) -> None:
    handled = Handled(lambda _channel: None)
    server = serve(handled)
    with socket.create_connection(("127.0.0.1", server.port), 2) as stranger:
        stranger.sendall(garbage)
        stranger.shutdown(socket.SHUT_WR)
        while stranger.recv(100):
            pass
    wait_for(lambda: server.calls == 0)
    assert not handled.done.is_set()


def test_nothing_is_left_of_two_hundred_calls(serve: Serve, call_to: CallTo) -> None:
    def work(channel: Channel) -> None:
        channel.set(hotline_queue="x")
        channel.start("playback", "local_stream://moh")
        channel.next(10)

    server = serve(work)
    warm = call_to(server)
    warm.executed("playback")
    warm.hang_up()
    assert warm.closed.wait(2)
    warm.close()
    wait_for(lambda: server.calls == 0)
    before = greenlets(), descriptors()
    for _ in range(4):
        calls = [call_to(server) for _ in range(50)]
        for call in calls:
            call.executed("playback")
        assert server.calls == 50
        for number, call in enumerate(calls):
            if number % 3 == 0:
                call.hang_up()
            elif number % 3 == 1:
                call.send(payload("disconnect_notice"))
                call.close()
            else:
                call.close()
        wait_for(lambda: server.calls == 0)
        for call in calls:
            call.close()
    assert (greenlets(), descriptors()) == before
