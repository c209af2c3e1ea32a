"""What must be right about a flow before it is published.

Loops: every edge needs nothing, time, or the caller before it is taken. A cycle of edges that need nothing
would spin; playing a prompt counts as nothing, since a prompt may be short or missing. A cycle that no caller
is needed for would hold the line of a caller who has gone silent for ever.
"""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from hotline.domain.ivr.fields import Known, Needs
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.interpreter import MOST_NODES_IN_ALL
from hotline.domain.ivr.languages import heard_in
from hotline.domain.ivr.node import Edge, Node, specs
from hotline.domain.ivr.nodes.sub_flow import SubFlowNode
from hotline.domain.ivr.problems import Problem
from hotline.domain.ivr.state import MOST_DEPTH

_AT_ONCE: Final[frozenset[Needs]] = frozenset({"nothing"})
_WITHOUT_CALLER: Final[frozenset[Needs]] = frozenset({"nothing", "time"})

Graph = Mapping[str, tuple[Edge, ...]]


def check(
    flow: Flow,
    *,
    prompts: Collection[str],
    queues: Collection[str],
    agents: Collection[str] = (),
    scripts: Collection[str] = (),
    sources: Collection[str] = (),
    flows: Mapping[str, Flow] | None = None,
    languages: Mapping[str, Collection[str]] | None = None,
) -> list[Problem]:
    """All that is wrong with the flow, given what it may refer to. Empty: publish it.

    `prompts` are those with audio in the usual language, `languages` those in others by the language. `flows` are
    the published ones by code, for sub-flows; an older version of this flow may be among them.
    """
    others = {code: other for code, other in (flows or {}).items() if code != flow.id}
    known = Known(
        nodes=flow.nodes.keys(),
        prompts=frozenset(prompts),
        queues=frozenset(queues),
        agents=frozenset(agents),
        scripts=frozenset(scripts),
        sources=frozenset(sources),
        # A flow that calls itself is told so, and not that it does not exist.
        flows={flow.id, *others},
    )
    problems: list[Problem] = []
    if flow.start not in flow.nodes:
        problems.append(Problem("", "start", "unknown_target", {"target": flow.start}))
    for node in flow.nodes.values():
        problems.extend(_node_problems(node, known))
    problems.extend(_unheard(flow, {**others, flow.id: flow}, known, languages or {}))
    problems.extend(_graph_problems(flow))
    problems.extend(_sub_flow_problems({**others, flow.id: flow}, flow.id))
    return problems


def _node_problems(node: Node, known: Known) -> Iterator[Problem]:
    for name, spec in specs(type(node)).items():
        for fault in spec.faults(getattr(node, name), known):
            yield Problem(node.id, f"{name}.{fault.at}" if fault.at else name, fault.code, fault.params)
    yield from node.problems()


def _unheard(
    flow: Flow, flows: Mapping[str, Flow], known: Known, languages: Mapping[str, Collection[str]]
) -> Iterator[Problem]:
    """Prompts without audio in a language in which callers may come to them."""
    for language, reached in heard_in(flow, flows).items():
        if language not in languages:
            continue
        spoken = replace(known, prompts=languages[language])
        for node in flow.nodes.values():
            for problem in _node_problems(node, spoken) if node.id in reached else ():
                # What there is in no language at all has been told.
                if problem.code == "unknown_prompt" and problem.params["prompt"] in known.prompts:
                    params = {**problem.params, "language": language}
                    yield replace(problem, code="no_audio_in_language", params=params)


def _graph_problems(flow: Flow) -> Iterator[Problem]:
    graph = {
        node_id: tuple(edge for edge in node.edges() if edge.target in flow.nodes)
        for node_id, node in flow.nodes.items()
    }
    if flow.start in flow.nodes:
        reached = _reach(graph, [flow.start])
        yield from (Problem(node_id, "", "unreachable") for node_id in graph if node_id not in reached)
    ending = _reach(_reversed(graph), (node.id for node in flow.nodes.values() if node.ends))
    yield from (Problem(node_id, "", "dead_end") for node_id in graph if node_id not in ending)

    spinning: set[str] = set()
    for cycle in _cycles(graph, _AT_ONCE):
        spinning.update(cycle)
        yield Problem(cycle[0], "", "loop_without_input", {"path": " > ".join((*cycle, cycle[0]))})
    for cycle in _cycles(graph, _WITHOUT_CALLER):
        if not spinning.issuperset(cycle):
            yield Problem(cycle[0], "", "loop_when_silent", {"path": " > ".join((*cycle, cycle[0]))})


def _sub_flow_problems(flows: Mapping[str, Flow], code: str) -> Iterator[Problem]:
    recursive = False
    for node in _calling(flows[code]):
        path = _way_back(flows, code, node.flow)
        if path:
            recursive = True
            yield Problem(node.id, "flow", "recursion", {"path": " > ".join((code, *path))})
    if not recursive and _size(flows, code, MOST_DEPTH + 1) > MOST_NODES_IN_ALL:
        yield Problem("", "nodes", "too_many_nodes_in_all", {"most": MOST_NODES_IN_ALL})


def _calling(flow: Flow) -> Iterator[SubFlowNode]:
    yield from (node for node in flow.nodes.values() if isinstance(node, SubFlowNode))


def _way_back(flows: Mapping[str, Flow], code: str, called: str) -> tuple[str, ...]:
    """The flows by which `called` comes to call `code`, both included; () where it does not."""
    came_from: dict[str, str] = {}
    waiting = deque([called])
    while waiting:
        here = waiting.popleft()
        if here == code:
            path = [here]
            while path[-1] != called:
                path.append(came_from[path[-1]])
            return tuple(reversed(path))
        for node in _calling(flows[here]) if here in flows else ():
            if node.flow not in came_from and node.flow != called:
                came_from[node.flow] = here
                waiting.append(node.flow)
    return ()


def _size(flows: Mapping[str, Flow], code: str, depth: int) -> int:
    """Nodes of a flow and of what it calls, as often as it calls it; deeper than `depth` nothing is called."""
    if code not in flows or depth == 0:
        return 0
    called = Counter(node.flow for node in _calling(flows[code]))
    return len(flows[code].nodes) + sum(
        times * _size(flows, other, depth - 1) for other, times in called.items()
    )


def _reach(graph: Graph, starts: Iterable[str]) -> set[str]:
    reached = set(starts)
    waiting = deque(reached)
    while waiting:
        for edge in graph[waiting.popleft()]:
            if edge.target not in reached:
                reached.add(edge.target)
                waiting.append(edge.target)
    return reached


def _reversed(graph: Graph) -> Graph:
    back: dict[str, list[Edge]] = {node_id: [] for node_id in graph}
    for node_id, edges in graph.items():
        for edge in edges:
            back[edge.target].append(Edge(edge.field, edge.outcome, node_id, edge.needs))
    return {node_id: tuple(edges) for node_id, edges in back.items()}


def _cycles(graph: Graph, needs: frozenset[Needs]) -> Iterator[tuple[str, ...]]:
    """A shortest cycle of such edges through each node that has one, each node shown once."""
    shown: set[str] = set()
    for node_id in graph:
        if node_id not in shown and (cycle := _cycle_through(graph, node_id, needs)):
            shown.update(cycle)
            yield cycle


def _cycle_through(graph: Graph, start: str, needs: frozenset[Needs]) -> tuple[str, ...]:
    came_from: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for edge in graph[here]:
            if edge.needs not in needs:
                continue
            if edge.target == start:
                path = [here]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return tuple(reversed(path))
            if edge.target not in came_from:
                came_from[edge.target] = here
                waiting.append(edge.target)
    return ()
