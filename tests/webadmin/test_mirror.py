"""The picture of the present follows the call side, and is asked for again when something was missed."""

from dataclasses import replace

import gevent
import pytest
from gevent.event import Event as Flag

from hotline.live.messages import AgentChanged, AgentView, CallChanged, CallView, SwitchChanged
from tests.webadmin import cast

AGENT = AgentView("8018", "李强", "1018", "policy", "idle", "", cast.NOW, reachable=True)
CALL = CallView("one", "13812345678", "12366", "queued", cast.NOW, cast.NOW, queue="policy", position=1)


class Heard:
    """What the mirror told, and a way to wait for it."""

    def __init__(self, mirror):
        self.events = []
        self._flag = Flag()
        mirror.subscribe(self._take)

    def _take(self, event):
        self.events.append(event)
        self._flag.set()

    def wait(self, count):
        with gevent.Timeout(5):
            while len(self.events) < count:
                self._flag.wait()
                self._flag.clear()
        return self.events


@pytest.fixture
def heard(mirror, bus):
    bus.snapshot = replace(bus.snapshot, agents=(AGENT,), version=10)
    found = Heard(mirror)
    mirror.start()
    found.wait(1)
    return found


def test_it_begins_with_a_snapshot(heard, mirror):
    assert mirror.connected
    assert mirror.switch() == "simulated"
    assert mirror.snapshot().agents == (AGENT,)


def test_an_event_changes_what_it_names(heard, mirror, bus):
    busy = replace(AGENT, state="busy")
    bus.publish(AgentChanged(cast.NOW, 11, busy))
    heard.wait(2)
    assert mirror.snapshot().agents == (busy,)


def test_a_call_that_ended_is_gone(heard, mirror, bus):
    bus.publish(CallChanged(cast.NOW, 11, CALL))
    bus.publish(CallChanged(cast.NOW, 12, replace(CALL, phase="ended")))
    heard.wait(3)
    assert mirror.snapshot().calls == ()


def test_a_gap_means_a_new_snapshot(heard, mirror, bus):
    bus.snapshot = replace(bus.snapshot, calls=(CALL,))
    bus.publish(AgentChanged(cast.NOW + 1, 15, AGENT))
    assert heard.wait(2)[-1].calls == (CALL,)
    assert mirror.snapshot().version == 15


def test_an_event_that_the_snapshot_has_already_is_passed_over(heard, mirror, bus):
    bus.publish(AgentChanged(cast.NOW - 1, 9, replace(AGENT, state="busy")))
    bus.snapshot = replace(bus.snapshot, version=10)
    bus.publish(SwitchChanged(cast.NOW, 11, "simulated", "1", connected=False))
    assert isinstance(heard.wait(2)[-1], SwitchChanged)
    assert mirror.snapshot().agents == (AGENT,)


def test_a_call_side_that_counts_anew_is_asked_for_everything(heard, mirror, bus):
    bus.snapshot = replace(bus.snapshot, at=cast.NOW + 5, agents=())
    bus.publish(SwitchChanged(cast.NOW + 6, 1, "simulated", "1", connected=True))
    heard.wait(2)
    assert mirror.snapshot().agents == ()
    assert mirror.snapshot().version == 1


def test_a_broken_listener_does_not_stop_the_others(mirror, bus):
    def broken(_event):
        raise ValueError("no")

    mirror.subscribe(broken)
    heard = Heard(mirror)
    mirror.start()
    heard.wait(1)
    bus.publish(SwitchChanged(cast.NOW, 1, "simulated", "1", connected=True))
    heard.wait(2)


def test_without_a_call_side_it_says_so_and_has_no_picture(mirror, bus):
    bus.present = False
    mirror.start()
    gevent.sleep(0)
    assert mirror.snapshot() is None
    assert mirror.switch() == "none"
    assert mirror.ask() is None
