"""In which languages besides the usual one a caller may come to each node of a flow.

A caller goes on in the language that was chosen last: in this flow, in one that it calls, or in one that calls
it. What is said on the way to that choice needs no other language.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.nodes.language import LANGUAGES, LanguageNode
from hotline.domain.ivr.nodes.sub_flow import SubFlowNode

USUAL: Final = LANGUAGES[0]


def heard_in(flow: Flow, flows: Mapping[str, Flow]) -> dict[str, set[str]]:
    """Language to the nodes that may be reached in it; `flows` are all by code, this one among them."""
    called = {code: _called(flows, code) for code in flows}
    begins: dict[str, set[str]] = {}
    for code, below in called.items():
        if flow.id in below and code != flow.id:
            for language in _chosen(flows, {code, *below}):
                begins.setdefault(language, set()).add(flow.start)
    for node in flow.nodes.values():
        if isinstance(node, LanguageNode):
            begins.setdefault(node.language, set()).add(node.id)
        elif isinstance(node, SubFlowNode) and node.flow in flows:
            for language in _chosen(flows, {node.flow, *called[node.flow]}):
                begins.setdefault(language, set()).add(node.id)
    begins.pop(USUAL, None)
    return {language: _reached(flow, starts, language) for language, starts in begins.items()}


def _chosen(flows: Mapping[str, Flow], codes: Iterable[str]) -> set[str]:
    nodes = (node for code in codes if code in flows for node in flows[code].nodes.values())
    return {node.language for node in nodes if isinstance(node, LanguageNode)}


def _called(flows: Mapping[str, Flow], code: str) -> set[str]:
    """The flows that are called by this one, and by those."""
    found: set[str] = set()
    waiting = [code]
    while waiting:
        here = flows.get(waiting.pop())
        for node in here.nodes.values() if here is not None else ():
            if isinstance(node, SubFlowNode) and node.flow not in found:
                found.add(node.flow)
                waiting.append(node.flow)
    return found


def _reached(flow: Flow, starts: Iterable[str], language: str) -> set[str]:
    """The nodes behind *starts*, up to where another language is chosen."""
    found = {start for start in starts if start in flow.nodes}
    waiting = deque(found)
    while waiting:
        node = flow.nodes[waiting.popleft()]
        if isinstance(node, LanguageNode) and node.language != language:
            continue
        for edge in node.edges():
            if edge.target in flow.nodes and edge.target not in found:
                found.add(edge.target)
                waiting.append(edge.target)
    return found
