"""One suite for both transports of the live seam."""

import threading
import time

import pytest

from hotline.live.bus import NoCallSide
from hotline.live.local import LocalBus
from hotline.live.messages import GetSnapshot, Notice, Reply, SetAgentState, Snapshot
from hotline.live.redis import RedisBus
from tools import services

SNAPSHOT = Snapshot(1.0, "simulated", "1", True, (), (), (), 7)


class Ends:
    """The call side's end and a console's: one bus in one process, two on Redis."""

    def __init__(self, call_side, console):
        self.call_side = call_side
        self.console = console


@pytest.fixture(params=["local", "redis"])
def ends(request):
    if request.param == "local":
        bus = LocalBus()
        yield Ends(bus, bus)
        bus.close()
        return
    url = request.getfixturevalue("redis_server")
    prefix = request.getfixturevalue("redis_prefix")
    call_side, console = RedisBus(url, prefix=prefix), RedisBus(url, prefix=prefix)
    yield Ends(call_side, console)
    call_side.close()
    console.close()


class Collector:
    """A listener that can be waited for."""

    def __init__(self):
        self.events = []
        self._changed = threading.Condition()

    def __call__(self, event):
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, number, timeout=10.0):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.events) >= number, timeout), (
                f"{len(self.events)} of {number} events came"
            )
        return self.events


def notice(version):
    return Notice(1.0, version, "info", "test", {"text": "您好"})


def test_a_command_is_answered(ends):
    asked = []

    def handler(command):
        asked.append(command)
        return Reply(ok=True, value=SNAPSHOT)

    ends.call_side.serve(handler)

    assert ends.console.request(GetSnapshot("8001"), timeout=10) == Reply(ok=True, value=SNAPSHOT)
    assert asked == [GetSnapshot("8001")]


def test_many_askers_each_get_their_own_answer(ends):
    ends.call_side.serve(lambda command: Reply(ok=True, detail=command.agent))
    answers = {}

    def ask(number):
        reply = ends.console.request(SetAgentState("admin", str(number), "idle"), timeout=20)
        answers[number] = reply.detail

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert answers == {n: str(n) for n in range(40)}


def test_a_slow_command_does_not_hold_up_another(ends):
    may_end = threading.Event()

    def handler(command):
        if command.agent == "slow":
            may_end.wait(20)
        return Reply(ok=True, detail=command.agent)

    ends.call_side.serve(handler)
    slow = threading.Thread(
        target=lambda: ends.console.request(SetAgentState("a", "slow", "idle"), timeout=20), daemon=True
    )
    slow.start()

    assert ends.console.request(SetAgentState("a", "quick", "idle"), timeout=10).detail == "quick"
    may_end.set()
    slow.join(10)


def test_nobody_there_is_said_in_time(ends):
    began = time.monotonic()

    with pytest.raises(NoCallSide):
        ends.console.request(GetSnapshot("8001"), timeout=0.3)

    assert time.monotonic() - began < 3


def test_a_command_that_nobody_took_in_time_is_not_done_later(ends):
    with pytest.raises(NoCallSide):
        ends.console.request(SetAgentState("a", "stale", "busy"), timeout=0.2)
    done = []
    ends.call_side.serve(lambda command: done.append(command.agent) or Reply(ok=True))

    ends.console.request(SetAgentState("a", "fresh", "busy"), timeout=10)

    assert done == ["fresh"]


def test_a_call_side_that_does_not_answer_in_time_is_as_good_as_none(ends):
    may_end = threading.Event()
    ends.call_side.serve(lambda _command: (may_end.wait(20), Reply(ok=True))[1])

    with pytest.raises(NoCallSide, match="GetSnapshot"):
        ends.console.request(GetSnapshot("8001"), timeout=0.3)
    may_end.set()


def test_a_handler_that_fails_answers_so(ends):
    def handler(_command):
        raise RuntimeError("broken")

    ends.call_side.serve(handler)

    reply = ends.console.request(GetSnapshot("8001"), timeout=10)
    assert (reply.ok, reply.error) == (False, "failed")


def test_a_call_side_that_stopped_serving_is_not_asked(ends):
    stop = ends.call_side.serve(lambda _command: Reply(ok=True))
    stop()

    with pytest.raises(NoCallSide):
        ends.console.request(GetSnapshot("8001"), timeout=0.3)


def test_every_listener_gets_every_event_in_order(ends):
    collectors = [Collector(), Collector()]
    for collector in collectors:
        ends.console.listen(collector)

    for version in range(200):
        ends.call_side.publish(notice(version))

    for collector in collectors:
        assert [event.version for event in collector.wait_for(200)] == list(range(200))
    assert collectors[0].events[0] == notice(0)


def test_a_listener_that_fails_or_stands_still_holds_up_nobody(ends):
    may_end = threading.Event()

    def broken(_event):
        raise RuntimeError("broken")

    ends.console.listen(broken)
    ends.console.listen(lambda _event: may_end.wait(20))
    collector = Collector()
    ends.console.listen(collector)

    for version in range(50):
        ends.call_side.publish(notice(version))

    collector.wait_for(50)
    may_end.set()


def test_a_listener_that_stopped_gets_nothing_more(ends):
    stopped, other = Collector(), Collector()
    stop = ends.console.listen(stopped)
    ends.console.listen(other)
    ends.call_side.publish(notice(1))
    stopped.wait_for(1)

    stop()
    ends.call_side.publish(notice(2))
    other.wait_for(2)

    assert len(stopped.events) == 1


def test_publishing_without_listeners_is_nothing_special(ends):
    ends.call_side.publish(notice(1))


def test_a_second_call_side_in_one_process_is_a_mistake():
    bus = LocalBus()
    bus.serve(lambda _command: Reply(ok=True))

    with pytest.raises(RuntimeError, match="serves already"):
        bus.serve(lambda _command: Reply(ok=True))


def test_a_redis_that_is_not_there_is_no_call_side():
    bus = RedisBus("redis://127.0.0.1:1/0")

    with pytest.raises(NoCallSide, match="Redis cannot be reached"):
        bus.request(GetSnapshot("8001"), timeout=0.5)
    bus.publish(notice(1))
    bus.close()


@pytest.mark.timeout(120)
def test_both_ends_find_each_other_again_when_redis_was_away(tmp_path, monkeypatch):
    if not services.redis_found():
        pytest.skip("no Redis server is installed (make packages-test)")
    port = services.free_port()
    monkeypatch.setattr(services, "free_port", lambda: port)
    with services.redis(tmp_path / "first") as url:
        call_side, console = RedisBus(url), RedisBus(url)
        call_side.serve(lambda _command: Reply(ok=True))
        collector = Collector()
        console.listen(collector)
        assert console.request(GetSnapshot("x"), timeout=10).ok
        call_side.publish(notice(1))
        collector.wait_for(1)
    with pytest.raises(NoCallSide):
        console.request(GetSnapshot("x"), timeout=1)
    with services.redis(tmp_path / "second"):
        assert console.request(GetSnapshot("x"), timeout=20).ok
        version = 2
        deadline = time.monotonic() + 20
        while len(collector.events) < 2 and time.monotonic() < deadline:
            call_side.publish(notice(version))
            version += 1
            time.sleep(0.1)  # the subscription comes back by itself; each round is one more chance to see it
        assert len(collector.events) >= 2
        call_side.close()
        console.close()


def test_hostile_payloads_in_redis_stop_nothing(redis_server, redis_prefix):
    import redis

    client = redis.Redis.from_url(redis_server)
    call_side, console = (
        RedisBus(redis_server, prefix=redis_prefix),
        RedisBus(redis_server, prefix=redis_prefix),
    )
    call_side.serve(lambda _command: Reply(ok=True))
    collector = Collector()
    console.listen(collector)

    for payload in (b"", b"{", b"[]", b"\xff", b'{"answer":"x","command":"{}"}', b'{"answer":1}'):
        client.rpush(f"{redis_prefix}commands", payload)
        client.publish(f"{redis_prefix}events", payload)
    call_side.publish(notice(1))

    assert console.request(GetSnapshot("x"), timeout=10).ok
    assert collector.wait_for(1) == [notice(1)]
    client.close()
    call_side.close()
    console.close()


def test_an_overrun_listener_loses_the_oldest_and_can_tell():
    from hotline.live.fanout import Fanout

    may_go_on, entered = threading.Event(), threading.Event()
    seen = []

    def slow(event):
        entered.set()
        may_go_on.wait(20)
        seen.append(event.version)

    fanout = Fanout(backlog=10)
    fanout.listen(slow)
    fanout.publish(notice(0))
    entered.wait(5)
    collector = Collector()
    for version in range(1, 101):
        fanout.publish(notice(version))
    fanout.listen(collector)
    may_go_on.set()
    fanout.publish(notice(101))
    collector.wait_for(1)
    deadline = time.monotonic() + 10
    while (not seen or seen[-1] != 101) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert seen[0] == 0
    assert seen[-1] == 101
    assert len(seen) == 11
    fanout.close()
