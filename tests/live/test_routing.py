"""Smart routing on a real FreeSWITCH: a published script sends callers different ways, and one that means harm
costs nobody the call.
"""

from __future__ import annotations

import pytest

from hotline.domain import journal as kinds
from hotline.domain.routing.rules import Condition, Rule, RuleTable
from hotline.scripting.published import Published, prepare
from tests.live.callside import LiveCallSide
from tests.live.carrier import Carrier
from tests.live.conftest import DialPhone

FROM_SUZHOU, FROM_SHANGHAI = "051253520000", "02162345678"
SCRIPT = """\
def route(call: Call) -> Route | None:
    if call.region.startswith("江苏省苏州市"):
        return Route("queue:systems", priority=30, data={"area": call.region})
    return Route("queue:complaints")
"""
HARM = "def route(call):\n    while True: pass\n"


def publish(call_side: LiveCallSide, published: Published) -> None:
    """The demo's flow asks the script when the caller presses 1; without a decision it is the queue policy."""
    exits = {
        "type": "route",
        "script": "main",
        "on_queue": "policy",
        "on_default": "policy",
    }
    call_side.add_node("decide", exits)
    call_side.change_node("policy", routed=True)
    menu = call_side.side.deps.configuration().flows["main"].nodes["menu"]
    call_side.change_node("menu", choices={**menu.choices, "1": "decide"})  # type: ignore[attr-defined]
    call_side.configure(routing={"main": published})


def script(text: str) -> Published:
    return prepare("main", 1, "script", {"text": text})


def table() -> Published:
    rows = (Rule((Condition("region", "contains", "上海"),), "queue:general", 70),)
    return Published("main", 1, RuleTable(rows))


@pytest.mark.parametrize(
    ("published", "caller", "queue", "priority"),
    [
        (script(SCRIPT), FROM_SUZHOU, "systems", 30),
        (script(SCRIPT), FROM_SHANGHAI, "complaints", 0),
        (table(), FROM_SHANGHAI, "general", 70),
        (table(), FROM_SUZHOU, "policy", 0),
    ],
    ids=["script, one caller", "script, another caller", "table that fits", "table that does not"],
)
def test_what_is_published_decides_queue_and_priority(
    call_side: LiveCallSide, carrier: Carrier, published: Published, caller: str, queue: str, priority: int
) -> None:
    publish(call_side, published)
    call = carrier.call(caller=caller)
    call.wait_answered()
    call_side.wait_entered("menu")
    call.key("1")
    queued = call_side.wait_for(kinds.CALL_QUEUED)
    assert (queued.queue_code, queued.data["priority"]) == (queue, priority)
    decided = call_side.wait_for(kinds.ROUTING_SCRIPT).data
    assert (decided["outcome"], decided["ms"] < 200) == ("decided", True)
    call.hang_up()


def test_a_caller_whose_script_never_ends_is_served_all_the_same(
    call_side: LiveCallSide, carrier: Carrier, desk_phone: DialPhone
) -> None:
    phone = desk_phone("1005", tone=1000)
    call_side.make_idle("8005")
    publish(call_side, script(HARM))
    call = carrier.call(caller=FROM_SUZHOU)
    call.wait_answered()
    call_side.wait_entered("menu")
    call.key("1")
    failed = call_side.wait_for(kinds.ROUTING_SCRIPT).data
    assert (failed["outcome"], failed["error_kind"]) == ("failed", "time")
    assert call_side.wait_for(kinds.CALL_QUEUED).queue_code == "policy"
    call_side.wait_for(kinds.CALL_CONNECTED)
    phone.hang_up()
    call.hang_up()
