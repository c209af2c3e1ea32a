import dataclasses
import inspect
import json

import pytest

from hotline.live import messages
from hotline.live.codec import CodecError, decode, encode
from hotline.live.messages import (
    AgentChanged,
    AgentView,
    CallChanged,
    CallView,
    CancelCallback,
    ChangeCallbackNumber,
    Command,
    ExtendWrapUp,
    FinishWrapUp,
    GetSnapshot,
    HangUpCall,
    HurryCallback,
    LiveEvent,
    Notice,
    QueueChanged,
    QueueView,
    RaiseAlarm,
    ReloadConfiguration,
    Reply,
    SetAgentState,
    SetDoNotDisturb,
    Snapshot,
    SwitchChanged,
)

AGENT = AgentView(
    "8001", "陈建国", "1001", "综合服务组", "talking", "", 1.5, True, 1.0, "busy", "i-1", "139", "policy", 7
)
QUEUE = QueueView("policy", "政策咨询", 3, None, 5, 2, 1, 2)
CALL = CallView("i-1", "139\r\n", "12366", "queued", 1.0, 2.0, "menu", "policy", 1, None)
SNAPSHOT = Snapshot(9.0, "simulated", "1.0", True, (AGENT,), (QUEUE, QUEUE), (CALL,), 42)
EXAMPLES = [
    GetSnapshot("8001"),
    SetAgentState("8001", "8005", "busy", "培训"),
    FinishWrapUp("8001", "8005"),
    HangUpCall("admin", "i-1"),
    ReloadConfiguration("admin", ("agents", "queues")),
    Reply(ok=True, value=SNAPSHOT),
    Reply(ok=False, error="unknown_agent", detail="9999"),
    AgentChanged(1.0, 2, AGENT),
    QueueChanged(1.0, 3, QUEUE),
    CallChanged(1.0, 4, CALL),
    SwitchChanged(1.0, 5, "freeswitch", "1.10.12", False),
    Notice(1.0, 6, "alarm", "switch_lost", {"since": "09:00"}),
    ExtendWrapUp("8001", "8005"),
    SetDoNotDisturb("8001", "8005", True),
    CancelCallback("admin", "ticket-1"),
    ChangeCallbackNumber("8001", "ticket-1", "051253520000"),
    HurryCallback("8001", "ticket-1"),
    RaiseAlarm("8001", "flow_not_published", {"code": "main"}),
]


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda message: type(message).__name__)
def test_every_message_comes_back_equal(message):
    assert decode(encode(message)) == message
    assert "\n" not in encode(message)


def test_the_examples_cover_every_message_class():
    classes = {
        member
        for _, member in inspect.getmembers(messages, dataclasses.is_dataclass)
        if issubclass(member, (Command, LiveEvent, Reply)) and member not in {Command, LiveEvent}
    }

    assert {type(example) for example in EXAMPLES} == classes


def changed(message, **changes):
    document = json.loads(encode(message))
    document.update(changes)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "JSON"),
        ("[]", "version"),
        (changed(EXAMPLES[0], v=2), "version"),
        (changed(EXAMPLES[0], type="RunAnything"), "RunAnything"),
        (changed(EXAMPLES[0], type="AgentView"), "AgentView"),
        (changed(EXAMPLES[0], fields={"by": 1}), "by is not a str"),
        (changed(EXAMPLES[0], fields={}), "lacks a field"),
        (changed(EXAMPLES[0], fields=[]), "not an object"),
        (changed(EXAMPLES[0], fields={"by": "x", "more": 1}), "more"),
        (changed(EXAMPLES[4], fields={"by": "x", "parts": "agents"}), "not a list"),
        (changed(EXAMPLES[5], fields={"ok": 1}), "ok is not a bool"),
        (changed(EXAMPLES[11], fields={"at": 1, "version": True, "level": "", "code": ""}), "version"),
        (
            changed(EXAMPLES[7], fields={"at": 1, "version": 1, "agent": {"number": "1"}}),
            "agent lacks a field",
        ),
    ],
)
def test_what_is_not_understood_is_an_error_that_says_why(text, says):
    with pytest.raises(CodecError, match=says):
        decode(text)


def test_a_whole_number_is_a_time_as_well():
    assert (
        decode(changed(EXAMPLES[10], fields={**json.loads(encode(EXAMPLES[10]))["fields"], "at": 3})).at
        == 3.0
    )
