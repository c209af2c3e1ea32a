"""Callers follow their scripts."""

from fs_scripts.simulated.callers import AwaitAgent, AwaitAgentGone, Caller, HangUpAfter, Key, Speak, Wait

MENU = r"play_and_get_digits"
MENU_ARG = r"1 1 1 5000 # silence_stream://2000 silence_stream://20 choice \d 1000"


def take(handler, switch, script, **kwargs):
    line = switch.place_call(Caller("13900000001", script=script, **kwargs))
    link = handler.next_call()
    link.send("connect")
    link.send("linger 1")
    link.send("myevents")
    link.run("answer")
    return line, link


def test_a_caller_keys_when_the_hotline_listens(switch, handler):
    _, link = take(handler, switch, [Key("1", after=0.5)])
    link.run("playback", "silence_stream://1000")

    assert link.run(MENU, MENU_ARG).event["variable_choice"] == "1"


def test_a_caller_without_patience_hangs_up_in_the_queue(switch, handler):
    line, link = take(handler, switch, [AwaitAgent(patience=3.0)])
    link.execute("playback", "local_stream://moh")

    assert link.event("CHANNEL_HANGUP").event["variable_sip_hangup_disposition"] == "recv_bye"
    assert line.done.wait(2)
    assert not line.reached_agent


def test_a_caller_talks_until_the_agent_hangs_up_and_then_rates(switch, handler):
    line, link = take(handler, switch, [AwaitAgent(), AwaitAgentGone(), Key("2", after=0.5)])

    assert link.run("bridge", "user/1001@d").event["variable_bridge_hangup_cause"] == "NORMAL_CLEARING"
    assert link.run(MENU, MENU_ARG).event["variable_choice"] == "2"
    assert line.reached_agent


def test_a_voice_message_lasts_as_long_as_the_caller_speaks(switch, handler, tmp_path):
    _, link = take(handler, switch, [Speak(5.0)])

    done = link.run("record", f"{tmp_path / 'message.wav'} 60 200 2")

    assert 6500 < int(done.event["variable_record_ms"]) < 9000
    assert done.event["variable_record_completion_cause"] == "success-silence"
    assert (tmp_path / "message.wav").stat().st_size > 50_000


def test_a_caller_who_hangs_up_after_a_time_ends_the_call(switch, handler):
    line, link = take(handler, switch, [Wait(1.0), HangUpAfter(1.0)])

    link.event("CHANNEL_HANGUP_COMPLETE")
    assert line.done.wait(2)


def test_a_feature_code_reaches_the_handler_with_its_meaning(switch, handler):
    switch.place_call(Caller("1001", called="*11", context="desk"))

    assert handler.next_call().send("connect").headers["variable_hotline_feature"] == "sign_in"


def test_extensions_call_each_other(switch, control):
    switch.place_call(Caller("1003", called="1001", context="desk", script=[AwaitAgent(), AwaitAgentGone()]))

    told = control.event("CHANNEL_BRIDGE").event
    assert (told["Caller-Caller-ID-Number"], told["Other-Leg-Destination-Number"]) == ("1003", "1001")


def test_a_paused_switch_takes_no_calls(switch, control):
    control.api("fsctl pause")
    switch.place_call(Caller("13900000001"))

    assert control.event("CHANNEL_HANGUP_COMPLETE").event["Hangup-Cause"] == "SWITCH_CONGESTION"
