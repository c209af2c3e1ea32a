"""The whole switch: registrations, stopping, and two hundred calls at once."""

import resource

import gevent

from fs_scripts.simulated.callers import Caller
from tests.contract.client import soon


def test_it_says_that_it_is_simulated(control):
    assert "simulated switch" in control.api("version")
    assert "simulated switch" in control.api("status")


def test_a_telephone_that_signs_in_or_out_is_told_and_listed(switch, control):
    control.send("event plain CUSTOM sofia::register sofia::unregister")

    switch.unregister("1001")
    told = control.wait_for(lambda f: f.event.get("Event-Subclass") == "sofia::unregister").event
    assert (told["Event-Name"], told["from-user"], told["from-host"]) == ("CUSTOM", "1001", "d")
    assert control.api("originate user/1001@d &park()") == "-ERR USER_NOT_REGISTERED\n"
    assert '"reg_user":"1001"' not in control.api("show registrations as json")
    switch.register("1001")
    control.wait_for(lambda f: f.event.get("Event-Subclass") == "sofia::register")
    assert '"reg_user":"1001"' in control.api("show registrations as json")


def test_originate_calls_a_telephone_and_then_runs_an_application(switch, control):
    assert (
        control.api("originate {origination_uuid=u-1}user/1001@d &playback(silence_stream://500)")
        == "+OK u-1\n"
    )

    control.event("CHANNEL_EXECUTE", Unique_ID="u-1", Application="playback")
    assert (
        control.event("CHANNEL_HANGUP_COMPLETE", Unique_ID="u-1").event["Hangup-Cause"] == "NORMAL_CLEARING"
    )


def test_stopping_ends_calls_and_connections_and_leaves_no_greenlet(switch, handler, control):
    switch.place_call(Caller("13900000001"))
    link = handler.next_call()
    link.send("connect")
    link.execute("playback", "local_stream://moh")

    switch.stop()

    link.wait_closed()
    control.wait_closed()
    assert switch.channels == ()
    assert len(switch.engine.greenlets) == 0


def test_two_hundred_calls_wait_at_little_cost_and_all_end(switch, handler):
    links = []
    for index in range(200):
        switch.place_call(Caller(f"139{index:08d}"))
        link = handler.next_call()
        link.send("connect")
        link.execute("answer")
        link.execute("playback", "local_stream://moh")
        links.append(link)
    soon(lambda: all(channel.prompts_heard == 0 and channel.answered for channel in switch.channels))

    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    gevent.sleep(1.0)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before

    assert len(switch.channels) == 200
    assert used < 0.1, f"{used:.3f} s of CPU in a second for 200 waiting calls"
    for link in links:
        link.execute("hangup")
    soon(lambda: not switch.channels)
