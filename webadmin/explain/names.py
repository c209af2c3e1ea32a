"""What people call agents, queues and skills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Names:
    """Names by number and code. What has none is called by its number or code."""

    agents: Mapping[str, str]
    queues: Mapping[str, str]
    # Node of the call's flow -> its type.
    nodes: Mapping[str, str] = field(default_factory=dict)
    skills: Mapping[str, str] = field(default_factory=dict)

    def agent(self, number: str | None) -> str:
        if not number:
            return ""
        return f"{number} {self.agents[number]}" if number in self.agents else number

    def queue(self, code: str | None) -> str:
        return self.queues.get(code or "", code or "")

    def skill(self, code: str | None) -> str:
        return self.skills.get(code or "", code or "")
