"""A version of a script or of a rule table, ready to decide calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotline.domain.routing.rules import BadTable, RuleTable, parse
from hotline.scripting.sandbox import Script

SCRIPT: Final = "script"
RULES: Final = "rules"


@dataclass(frozen=True, slots=True)
class Published:
    """``version`` of what administrators call ``code``."""

    code: str
    version: int
    decider: RuleTable | Script

    @property
    def kind(self) -> str:
        return RULES if isinstance(self.decider, RuleTable) else SCRIPT


def prepare(code: str, version: int, kind: str, content: Mapping[str, Any]) -> Published:
    """Make a stored version ready. Raises :class:`BadTable` for content that this program cannot read."""
    if kind == RULES:
        return Published(code, version, RuleTable(parse(content)))
    text = content.get("text")
    if not isinstance(text, str):
        raise BadTable("a script has a text")
    return Published(code, version, Script(code, version, text))
