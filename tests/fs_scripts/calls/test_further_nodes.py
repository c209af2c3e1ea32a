"""What a call does beyond menus and queues: digits, look-ups, callbacks, languages, sub-flows."""

import re
from dataclasses import replace
from typing import Any

from gevent.event import Event as Signal

from fs_scripts.calls import variables as var
from fs_scripts.calls.speaking import MUSIC
from hotline.domain import journal as kinds
from hotline.domain.ivr.commands import LookUp
from hotline.domain.ivr.data import from_leg
from hotline.domain.ivr.events import CallbackTaken, LookedUp
from hotline.domain.ivr.flow import parse
from hotline.live.messages import CallChanged
from tests.fs_scripts.fakes.call import Bridge
from tests.fs_scripts.waiting import until

BYE = {"type": "hangup", "prompts": ["bye"]}


def flow(nodes: dict[str, Any], start: str, code: str = "main"):
    return parse({"id": code, "version": 1, "name": code, "start": start, "nodes": {**nodes, "bye": BYE}})


def use(centre, nodes: dict[str, Any], start: str, *others) -> None:
    flows = {"main": flow(nodes, start), **{other.id: other for other in others}}
    centre.configuration = replace(centre.configuration, flows=flows)


def collect(**changes: Any) -> dict[str, Any]:
    node = {"type": "collect", "prompts": ["ask"], "key": "id", "min_digits": 2, "wrong": ["wrong"]}
    return {**node, "on_collected": "bye", "on_fail": "bye", **changes}


# --- digits -------------------------------------------------------------------------------------------------


def test_digits_become_data_of_the_call(centre):
    use(centre, {"ask": collect()}, "ask")
    centre.serve(centre.call(keys=["3205#"]))
    assert centre.journal.one(kinds.IVR_COLLECTED).data["digits"] == "3205"
    assert centre.journal.one(kinds.CALL_DATA).data["values"] == {"id": "3205"}
    assert centre.bus.of(CallChanged)[-1].call.data == {"id": "3205"}


def test_sensitive_digits_are_masked_wherever_people_look(centre):
    use(centre, {"ask": collect(sensitive=True)}, "ask")
    centre.serve(centre.call(keys=["320522199001011234#"]))
    hidden = "*" * 14 + "1234"
    assert centre.journal.one(kinds.IVR_COLLECTED).data["digits"] == hidden
    assert centre.journal.one(kinds.CALL_DATA).data["values"] == {"id": hidden}
    assert centre.bus.of(CallChanged)[-1].call.data == {"id": hidden}


def test_keys_pressed_early_count_unless_the_node_wants_them_not(centre):
    notice = {"type": "play", "prompts": ["notice"], "next": "ask"}
    use(centre, {"notice": notice, "ask": collect()}, "notice")
    call = centre.serve(centre.call(ahead={"notice": "77#"}))
    assert centre.journal.one(kinds.IVR_COLLECTED).data["digits"] == "77"
    assert "ask" not in call.played()


def test_keys_pressed_early_are_dropped_where_the_node_wants_them_not(centre):
    notice = {"type": "play", "prompts": ["notice"], "next": "ask"}
    use(centre, {"notice": notice, "ask": collect(type_ahead=False)}, "notice")
    centre.serve(centre.call(ahead={"notice": "77#"}, keys=["88#"]))
    assert centre.journal.one(kinds.IVR_COLLECTED).data["digits"] == "88"


def test_a_question_that_must_be_heard_is_heard_to_its_end(centre):
    use(centre, {"ask": collect(interruptible=False)}, "ask")
    call = centre.serve(centre.call(ahead={"ask": "77"}, keys=["88#"]))
    assert centre.journal.one(kinds.IVR_COLLECTED).data["digits"] == "88"
    assert call.played()[0] == "ask"


# --- look-ups -----------------------------------------------------------------------------------------------


class Source:
    """A data source that answers when it is told to."""

    def __init__(self, answer: LookedUp | None = None) -> None:
        self.asked: list[LookUp] = []
        self.answer = answer
        self.told = Signal()
        if answer is not None:
            self.told.set()

    def find(self, command: LookUp) -> LookedUp:
        self.asked.append(command)
        self.told.wait()
        if self.answer is None:
            raise OSError("the source is broken")
        return self.answer


LOOK_UP = {
    "type": "look_up",
    "source": "register",
    "parameters": {"number": "${caller}"},
    "timeout_s": 3,
    "prompts": ["please_wait"],
    "on_found": "say",
    "on_not_found": "bye",
    "on_failed": "sorry",
}
LOOK_UP_FLOW = {
    "look_up": LOOK_UP,
    "say": {"type": "say", "say_as": "money", "value": "${balance}", "next": "bye"},
    "sorry": {"type": "play", "prompts": ["sorry"], "next": "bye"},
}


def with_source(centre, source: Source) -> None:
    centre.deps = replace(centre.deps, look_ups=source)
    use(centre, LOOK_UP_FLOW, "look_up")


def test_what_is_found_is_data_and_can_be_said(centre):
    source = Source(LookedUp("found", {"balance": "3"}))
    with_source(centre, source)
    call = centre.serve(centre.call())
    assert source.asked[0].parameters == {"number": "13800138000"}
    assert call.played()[:2] == ["n3", "yuan"]
    assert centre.journal.one(kinds.CALL_DATA).data["values"] == {"balance": "3"}


def test_a_caller_who_waits_for_a_source_is_not_left_in_silence(centre):
    source = Source()
    with_source(centre, source)
    call = centre.call()
    handler = centre.begin(call)
    until(lambda: MUSIC in call.played())
    assert call.played() == ["please_wait", MUSIC]
    source.answer = LookedUp("not_found")
    source.told.set()
    handler.join(5)
    assert call.played()[-1] == "bye"


def test_a_source_that_does_not_answer_holds_the_caller_no_longer_than_allowed(centre):
    with_source(centre, Source())
    use(centre, {**LOOK_UP_FLOW, "look_up": {**LOOK_UP, "timeout_s": 1}}, "look_up")
    assert centre.serve(centre.call()).played()[-2:] == ["sorry", "bye"]


def test_a_source_that_breaks_has_failed(centre):
    source = Source()
    source.told.set()
    with_source(centre, source)
    assert "sorry" in centre.serve(centre.call()).played()


def test_a_caller_who_hangs_up_meanwhile_is_gone(centre):
    source = Source()
    with_source(centre, source)
    call = centre.call()
    handler = centre.begin(call)
    until(lambda: source.asked)
    call.hang_up()
    handler.join(5)
    assert handler.ready()
    assert centre.outcome() == "self_service"


def test_keys_pressed_during_a_look_up_answer_the_next_question(centre):
    source = Source()
    centre.deps = replace(centre.deps, look_ups=source)
    use(centre, {"look_up": {**LOOK_UP, "on_failed": "ask"}, "ask": collect(), "say": BYE}, "look_up")
    call = centre.call()
    handler = centre.begin(call)
    until(lambda: source.asked)
    for key in "55#":
        call.press(key)
    source.told.set()
    handler.join(5)
    assert centre.journal.one(kinds.IVR_COLLECTED).data["digits"] == "55"


# --- callbacks ----------------------------------------------------------------------------------------------


class Desk:
    """Notes every wish."""

    def __init__(self) -> None:
        self.wishes: list[tuple[str, float | None]] = []

    def take(self, wish):
        self.wishes.append((wish.request.number, wish.queued_at))
        return CallbackTaken("taken")


CALLBACK = {
    "type": "callback",
    "queue": "policy",
    "ask": ["we_call"],
    "confirm": ["right"],
    "change": ["which"],
    "wrong": ["wrong"],
    "taken": ["noted"],
    "on_taken": "bye",
    "on_refused": "bye",
    "on_cancelled": "bye",
    "on_fail": "bye",
}


def test_a_callback_is_noted_with_the_number_that_the_caller_confirmed(centre):
    desk = Desk()
    centre.deps = replace(centre.deps, callbacks=desk)
    use(centre, {"callback": CALLBACK}, "callback")
    call = centre.serve(centre.call(keys=["2", "051253520000#", "1"]))
    assert desk.wishes == [("051253520000", None)]
    assert "noted" in call.played()


def test_while_nobody_takes_callbacks_the_caller_goes_the_way_of_a_refusal(centre):
    use(centre, {"callback": {**CALLBACK, "on_refused": "no"}, "no": {**BYE, "prompts": ["no"]}}, "callback")
    assert "no" in centre.serve(centre.call(keys=["1"])).played()


# --- languages, data on other legs, sub-flows ---------------------------------------------------------------


def test_after_the_choice_of_a_language_everything_is_said_in_it(centre):
    nodes = {
        "menu": {
            "type": "menu",
            "prompts": ["menu"],
            "choices": {"8": "english"},
            "wrong_key": ["w"],
            "no_key": ["n"],
            "on_fail": "bye",
        },
        "english": {"type": "language", "language": "en", "next": "say"},
        "say": {"type": "say", "say_as": "date", "value": "2026-11-27", "next": "bye"},
    }
    use(centre, nodes, "menu")
    call = centre.serve(centre.call(keys=["8"]))
    assert call.played()[0] == "menu"
    assert call.played()[1:] == ["en_month11", "en_day27", "en_n20", "en_n26", "en_bye"]


def carried(dialled: str) -> dict[str, str]:
    """The data in a dial string."""
    found = re.search(rf"{var.DATA}=([\w-]+)", dialled)
    return from_leg(found[1]) if found else {}


def queue_flow(centre, **more: Any) -> None:
    ways = ("served", "agent_gone", "timeout", "overflow", "no_agents", "failed")
    nodes = {
        "ask": collect(on_collected="queue", sensitive=True),
        "queue": {"type": "queue", "queue": "policy", **{f"on_{way}": "bye" for way in ways}, **more},
    }
    use(centre, nodes, "ask")


def test_the_data_of_the_call_are_on_the_leg_of_the_agent(centre):
    centre.ready("8001")
    queue_flow(centre)
    call = centre.serve(centre.call(keys=["123456789#"], bridges=[Bridge()]))
    (dialled,) = [arg for app, arg in call.executed if app == "bridge"]
    assert carried(dialled) == {"id": "*****6789"}


def test_a_transfer_takes_the_data_along(centre):
    transfer = {"type": "transfer", "number": "1001"}
    ways = {f"on_{way}": "bye" for way in ("connected", "no_answer", "busy", "failed")}
    use(centre, {"ask": collect(on_collected="out"), "out": {**transfer, **ways}}, "ask")
    call = centre.serve(centre.call(keys=["77#"], bridges=[Bridge("USER_BUSY")]))
    (dialled,) = [arg for app, arg in call.executed if app == "bridge"]
    assert carried(dialled) == {"id": "77"}


SUB_FLOW = {"type": "sub_flow", "flow": "identity", "on_other": "bye", "on_failed": "bye"}


def test_a_call_goes_through_a_sub_flow(centre):
    identity = flow({"ask": collect(on_collected="back"), "back": {"type": "return"}}, "ask", "identity")
    use(centre, {"call": SUB_FLOW}, "call", identity)
    call = centre.serve(centre.call(keys=["77#"]))
    assert call.played()[-1] == "bye"
    entered = [(entry.data["node"], entry.data.get("flow")) for entry in centre.journal.of(kinds.IVR_ENTERED)]
    assert entered == [("ask", "identity"), ("bye", "main")]


def test_a_next_handler_goes_on_in_the_sub_flow(centre):
    identity = flow({"ask": collect(on_collected="back"), "back": {"type": "return"}}, "ask", "identity")
    use(centre, {"call": SUB_FLOW}, "call", identity)
    lost = centre.call()
    centre.begin(lost)
    until(lambda: "ask" in lost.played())
    state = lost.variables[var.STATE]
    lost.lose()
    call = centre.serve(centre.taken_over("call", {"keys": ["77#"]}, **{var.STATE: state}))
    assert call.played()[-1] == "bye"
    assert centre.journal.one(kinds.CALL_DATA).data["values"] == {"id": "77"}
