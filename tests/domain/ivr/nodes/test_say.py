"""Speaking values."""

import pytest

from hotline.domain.ivr.commands import Play, Say
from hotline.domain.ivr.events import Played
from tests.domain.ivr.helpers import Call, end, flow_of


def call(value: str, kind: str = "money", *, missing: str = "missing", **data: str) -> Call:
    node = {
        "type": "say",
        "before": ["your_balance"],
        "say_as": kind,
        "value": value,
        "after": ["thanks"],
        "next": "next",
        "on_missing": missing,
    }
    return Call(flow_of({"say": node, "next": end("next"), "missing": end("missing")}, "say"), data=data)


def test_a_value_is_said_between_its_prompts() -> None:
    said = call("12.50")
    assert said.command == Play(("your_balance", Say("money", "12.50"), "thanks"))
    assert said.says(Played()).node == "next"


def test_the_value_may_be_attached_data() -> None:
    assert call("${balance}", balance=" 3 ").prompts[1] == Say("money", "3")


@pytest.mark.parametrize(
    ("kind", "value"), [("money", "a lot"), ("date", "2026-02-30"), ("time", "25:00"), ("count", "-1")]
)
def test_what_cannot_be_spoken_has_a_way_of_its_own(kind: str, value: str) -> None:
    assert call("${found}", kind, found=value).node == "missing"
    assert call("${found}", kind, missing="", found=value).node == "next"
    assert call("${gone}", kind).node == "missing"
