"""Random flows that `check` accepts, and random callers: nobody is stuck, every call comes to its end.

The flows are made from the declared fields of all node types in the table, so a new type is tried too. There
are two flows that it may call, one of which calls the other.
"""

import itertools
from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from hotline.domain.ivr import fields
from hotline.domain.ivr.check import check
from hotline.domain.ivr.commands import (
    Collect,
    Command,
    Decide,
    Enqueue,
    Facts,
    Hangup,
    LookUp,
    Play,
    RecordMessage,
    RequestCallback,
    Transfer,
)
from hotline.domain.ivr.demo import QUEUES, demo_flow
from hotline.domain.ivr.events import (
    CallbackTaken,
    Collected,
    Decided,
    Event,
    LookedUp,
    Played,
    QueueLeft,
    QueueOutcome,
    Recorded,
    Transferred,
)
from hotline.domain.ivr.flow import Flow, parse
from hotline.domain.ivr.interpreter import begin, resume, step
from hotline.domain.ivr.node import Node, specs
from hotline.domain.ivr.nodes import NODE_TYPES
from hotline.domain.ivr.rules import OPERATORS
from hotline.domain.ivr.state import ENDED, State, dumps, loads
from tests.domain.ivr.helpers import Library, document, facts, flow_of

# Many examples, on a machine that may be busy with other tests.
pytestmark = pytest.mark.timeout(240)

PROMPTS = ("p", "q")
AGENTS, SCRIPTS, SOURCES = ("8001",), ("1001",), ("1001",)
# A silent caller meets at most this many commands in one node: nine attempts, the last told.
COMMANDS_A_NODE = 10

calls = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
keys = st.sampled_from(fields.KEYS)
any_prompts = st.lists(
    st.sampled_from(PROMPTS) | st.just({"say": "number", "data": "k"}), min_size=1, max_size=2
)


Ways = st.SearchStrategy[str]

# What a field may hold, by the kind of its spec; ways go `onward`, or `anywhere` once the caller had a say.
VALUES: dict[str, Callable[[Any, Ways, Ways], st.SearchStrategy[Any]]] = {
    "target": lambda spec, onward, anywhere: anywhere if spec.needs == "caller" else onward,
    "choices": lambda _spec, _onward, anywhere: st.dictionaries(keys, anywhere, min_size=1, max_size=3),
    "prompts": lambda *_: any_prompts,
    "codes": lambda *_: st.dictionaries(st.sampled_from(["1", "22", "1001"]), any_prompts, min_size=1),
    "marks": lambda *_: st.dictionaries(keys, st.just("good"), min_size=1, max_size=3),
    "values": lambda *_: st.dictionaries(st.just("k"), st.sampled_from(["7", "x", "${caller}"]), min_size=1),
    "outcomes": lambda _spec, onward, _anywhere: st.dictionaries(st.just("1001"), onward),
    "rules": lambda _spec, onward, _anywhere: st.lists(
        st.fixed_dictionaries(
            {
                "data": st.sampled_from(["k", "caller"]),
                "is": st.sampled_from(sorted(OPERATORS)),
                "value": st.sampled_from(["7", "138"]),
                "to": onward,
            }
        ),
        min_size=1,
        max_size=3,
    ),
    "agent": lambda *_: st.sampled_from(("", *AGENTS)),
    "script": lambda *_: st.sampled_from(SCRIPTS),
    "source": lambda *_: st.sampled_from(SOURCES),
    "flow": lambda *_: st.sampled_from(["inner", "outer"]),
    "number": lambda spec, *_: st.integers(spec.low, spec.high),
    "flag": lambda *_: st.booleans(),
    "queue": lambda *_: st.sampled_from(QUEUES),
    "one_of": lambda spec, *_: st.sampled_from(spec.options),
    "key": lambda *_: st.just("") | keys,
    "text": lambda *_: st.just("1001"),
}
INNER = flow_of(
    {
        "ask": {
            "type": "collect",
            "prompts": ["p"],
            "key": "k",
            "wrong": ["q"],
            "on_collected": "known",
            "on_fail": "unknown",
        },
        "known": {"type": "return", "outcome": "1001"},
        "unknown": {"type": "return", "outcome": "unknown"},
    },
    "ask",
    code="inner",
)
OUTER = flow_of(
    {
        "call": {"type": "sub_flow", "flow": "inner", "on_other": "say", "on_failed": "bye"},
        "say": {"type": "say", "value": "${k}", "next": "back"},
        "back": {"type": "return"},
        "bye": {"type": "hangup"},
    },
    "call",
    code="outer",
)
LIBRARY = Library(INNER, OUTER)
REFERENCES: dict[str, Any] = {
    "prompts": PROMPTS,
    "queues": QUEUES,
    "agents": AGENTS,
    "scripts": SCRIPTS,
    "sources": SOURCES,
    "flows": LIBRARY.flows,
}


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """A flow that `check` accepts. Ways that need no caller mostly lead onward, but `check` decides."""
    count = draw(st.integers(1, 7))
    names = [f"n{number}" for number in range(count)] + ["bye"]
    nodes: dict[str, Any] = {"bye": {"type": "hangup"}}
    for number, name in enumerate(names[:-1]):
        onward = st.sampled_from(names[number + 1 :])
        if draw(st.integers(0, 9)) == 0:
            onward = st.sampled_from(names)
        type_name = draw(st.sampled_from(sorted(NODE_TYPES)))
        nodes[name] = {"type": type_name}
        for field, spec in specs(NODE_TYPES[type_name]).items():
            nodes[name][field] = draw(VALUES[spec.kind](spec, onward, st.sampled_from(names)))
        if type_name == "collect":
            nodes[name]["max_digits"] = max(nodes[name]["min_digits"], nodes[name]["max_digits"])
        if nodes[name].get("callback_key") == nodes[name].get("voicemail_key"):
            nodes[name].pop("callback_key", None)
    raw = document(nodes, "n0")
    for problem in check(parse(raw), **REFERENCES):
        if problem.code == "unreachable":
            del nodes[problem.node]
    flow = parse(raw)
    assume(check(flow, **REFERENCES) == [])
    return flow


def any_facts() -> st.SearchStrategy[Facts]:
    return st.builds(
        lambda is_open, holiday, emergency, data: facts(
            open=is_open, holiday=holiday, emergency=emergency, data=data
        ),
        st.booleans(),
        st.none() | st.just("春节"),
        st.booleans(),
        st.dictionaries(st.just("k"), st.text(max_size=3)),
    )


def answers(node: Node, command: Command) -> st.SearchStrategy[Event]:
    """Whatever a caller, an agent and a handler may make of the command."""
    match command:
        case Play():
            return st.just(Played())
        case Collect(max_digits=most):
            known = [digits for edge in node.edges() if len(digits := edge.outcome) == 1]
            known += ["1", "22", "1001"]
            digits = st.sampled_from(known) | st.text(fields.KEYS, max_size=most)
            return st.builds(
                Collected, digits, st.sampled_from(["digits", "partial"]), st.sampled_from(["", "#", "*"])
            ) | st.just(Collected("", "timeout"))
        case Enqueue():
            return st.builds(
                QueueLeft,
                st.sampled_from(get_args(QueueOutcome)),
                st.sampled_from(["agent", "caller", ""]),
                st.sampled_from(["", "p"]),
            )
        case RecordMessage():
            return st.builds(Recorded, st.sampled_from(["recorded", "empty", "failed"]))
        case Transfer():
            return st.builds(Transferred, st.sampled_from(["connected", "no_answer", "busy", "failed"]))
        case RequestCallback():
            return st.builds(CallbackTaken, st.sampled_from(["taken", "refused", "failed"]))
        case LookUp():
            values = st.dictionaries(st.sampled_from(["k", "\r\n"]), st.text(max_size=3), max_size=2)
            return st.builds(LookedUp, st.sampled_from(["found", "not_found", "failed"]), values)
        case Decide():
            targets = ["", "queue:policy", "agent:8001", "number:02112366", "label:k", "nonsense"]
            return st.builds(Decided, st.sampled_from(["decided", "failed"]), st.sampled_from(targets))
    raise AssertionError(f"{command} has no answer")


def nothing(command: Command) -> Event:
    """What comes back when nobody is there any more: neither at the caller's end nor in the queues."""
    match command:
        case Play():
            return Played()
        case Collect():
            return Collected("", "timeout")
        case Enqueue():
            return QueueLeft("no_agents")
        case RecordMessage():
            return Recorded("empty")
        case Transfer():
            return Transferred("no_answer")
        case RequestCallback():
            return CallbackTaken("failed")
        case LookUp():
            return LookedUp("failed")
        case Decide():
            return Decided("failed")
    raise AssertionError(f"{command} has no answer")


def walk(flow: Flow, library: Library, data: st.DataObject) -> None:
    """A caller who does anything for a while, whose handler dies now and then, and who then falls silent."""
    state, command = begin(flow, data.draw(any_facts()), library)
    for _ in range(data.draw(st.integers(0, 25))):
        if isinstance(command, Hangup):
            break
        assert not (isinstance(command, Play) and not command.prompts)
        assert loads(dumps(state)) == state
        if data.draw(st.integers(0, 4)) == 0:
            state, command = resume(flow, loads(dumps(state)), data.draw(any_facts()), library)
            if isinstance(command, Hangup):
                break
        event = data.draw(answers(library.node(flow, state), command))
        state, command = step(flow, state, event, data.draw(any_facts()), library)
    silent = 0
    nodes = len(flow.nodes) * (1 + sum(len(other.nodes) for other in library.flows.values()))
    while not isinstance(command, Hangup):
        state, command = step(flow, state, nothing(command), facts(), library)
        silent += 1
        assert silent <= COMMANDS_A_NODE * nodes, f"still at {state.node} after {silent} silences"
    assert state.phase == ENDED


@calls
@given(flows(), st.data())
def test_in_any_accepted_flow_any_call_can_go_on_and_comes_to_its_end(
    flow: Flow, data: st.DataObject
) -> None:
    walk(flow, LIBRARY, data)


@calls
@given(st.data())
def test_in_the_demo_any_call_can_go_on_and_comes_to_its_end(data: st.DataObject) -> None:
    walk(demo_flow(), Library(), data)


@calls
@given(flows(), st.data())
def test_each_move_follows_an_edge_that_the_graph_knows(flow: Flow, data: st.DataObject) -> None:
    """The checks look at edges only; so no node may go where it has none."""
    library = LIBRARY
    state, command = begin(flow, data.draw(any_facts()), library)
    before = State(flow.id, flow.version, flow.start)
    for _ in range(8):
        # Within one flow; into another one goes the call by its start, and out by a return.
        if state.flow == before.flow and {move.outcome for move in state.moves_since(before)}.isdisjoint(
            {"called"}
        ):
            path = [*(move.node for move in state.moves_since(before)), state.node]
            assert path[0] == before.node
            nodes = library.of(flow, state).nodes
            for here, there in itertools.pairwise(path):
                assert there in {edge.target for edge in nodes[here].edges()}
        if isinstance(command, Hangup):
            return
        before = state
        event = data.draw(answers(library.node(flow, state), command))
        state, command = step(flow, state, event, data.draw(any_facts()), library)
