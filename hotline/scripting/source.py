"""What can be learnt from a script's text without running it.

Only tokens are looked at: a parser of the host would have to be defended against what the sandbox contains.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from hotline.domain.routing.facts import FACTS, QueueFacts, RoutingFacts
from hotline.domain.routing.route import KINDS, Known, target_problem

LONGEST: Final = 20_000
_TARGET: Final = re.compile(rf"(?:{'|'.join(KINDS)}):.*")
_LITERAL: Final = re.compile(r"""[rRuU]?(['"])([^'"\\]*)\1""")
_CALLED_WITH_A_QUEUE: Final = (("queue", "("), ("queues", "["))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a script. `line` and `column` are from 1; line 0 is the script as a whole.

    `code` is one of ours (unknown_queue, unknown_agent, bad_target, too_long, no_tokens, runtime, time, memory,
    crashed) or the type checker's (unresolved-attribute …); `message` is English and may quote the script.
    """

    line: int
    column: int
    code: str
    message: str


def _tokens(code: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens until something is none; what is wrong there is for the sandbox to say."""
    try:
        yield from tokenize.generate_tokens(io.StringIO(code).readline)
    except (tokenize.TokenError, SyntaxError):
        return


def marked(code: str) -> str:
    """The script with each ``Route(…)`` noting the line it stands on; lines stay what they are."""
    lines = code.splitlines(keepends=True)
    before: tokenize.TokenInfo | None = None
    made: list[tuple[int, int]] = []
    for token in _tokens(code):
        if token.type in (tokenize.NL, tokenize.COMMENT):
            continue
        if before is not None and before.string == "Route" and token.string == "(":
            made.append(before.start)
        before = token if before is None or before.string not in (".", "class", "def") else None
    for row, column in reversed(made):
        line = lines[row - 1]
        lines[row - 1] = f"{line[:column]}_at({row}){line[column + len('Route') :]}"
    return "".join(lines)


def facts_named(code: str) -> frozenset[str]:
    """The facts whose names occur in the script: what a decision can have gone by."""
    names = {token.string for token in _tokens(code) if token.type == tokenize.NAME}
    named = {name for name, fact in FACTS.items() if name in names and not fact.of}
    for whole, singular in (("queues", "queue"), ("agents", "agent"), ("data", "data")):
        if names & {whole, singular}:
            named.add(whole)
    return frozenset(named)


def facts_used(code: str, facts: RoutingFacts) -> dict[str, object]:
    """Those facts with their values; of the queues and agents only those that the script names, if any."""
    used: dict[str, object] = {}
    literals = {text for _, text in _literals(code)}
    for name in sorted(facts_named(code)):
        value = getattr(facts, name)
        if name in ("queues", "agents"):
            value = {
                key: _plain(one) for key, one in value.items() if key in literals or not literals & {*value}
            }
        used[name] = value
    return used


def _plain(value: object) -> object:
    return asdict(value) if isinstance(value, QueueFacts) else value


def _literals(code: str) -> Iterator[tuple[tokenize.TokenInfo, str]]:
    for token in _tokens(code):
        if token.type == tokenize.STRING and (found := _LITERAL.fullmatch(token.string)):
            yield token, found[2]


def unknown_names(code: str, known: Known) -> list[Problem]:
    """The targets and queues that the script spells out and that do not exist."""
    found: list[Problem] = []
    last: list[str] = ["", ""]
    for token in _tokens(code):
        if token.type == tokenize.STRING and (literal := _LITERAL.fullmatch(token.string)):
            text = literal[2]
            if tuple(last) in _CALLED_WITH_A_QUEUE:
                if text not in known.queues:
                    found.append(_at(token, "unknown_queue", text))
            elif _TARGET.fullmatch(text) and (code_ := target_problem(text, known)):
                found.append(_at(token, code_, text))
        last = [last[1], token.string]
    return found


def _at(token: tokenize.TokenInfo, code: str, text: str) -> Problem:
    return Problem(token.start[0], token.start[1] + 1, code, text)
