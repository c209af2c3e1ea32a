"""The SIP peers as a measurement sees them, and a hotline whose agents they are."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.legs import CallRecord
from hotline.config import PROJECT
from hotline.domain.directory import DOMAIN
from hotline.store.models import Agent, AgentPresence, AgentSkill, FlowVersion, User

Progress = Callable[[dict[str, Any]], None]


class PeersProcess:
    """:mod:`bench.peers` in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.peers"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the SIP peers have no pipes")
        self._orders, self._answers = self._process.stdin, self._process.stdout
        self.phones_at: str = self._answer()["phones_at"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def register(self, server: str, desks: Mapping[str, str]) -> None:
        """Sign all desk phones in; *desks* are extensions and passwords."""
        self._order("register", server=server, domain=DOMAIN, agents=dict(desks))
        while self._answer().get("registered") != len(desks):
            pass

    def call(self, trunk: str, *, on_progress: Progress = lambda _: None, **load: Any) -> list[CallRecord]:
        """Make calls as :class:`bench.legs.Load` says and wait until they are done."""
        self._order("call", trunk=trunk, **load)
        while True:
            answer = self._answer()
            if "progress" in answer:
                on_progress(answer["progress"])
            elif "calls" in answer:
                return [CallRecord(**call) for call in answer["calls"]]

    def hang_up(self) -> None:
        """End all calls that there are."""
        self._order("hang up")

    def _order(self, do: str, **more: Any) -> None:
        self._orders.write(json.dumps({"do": do, **more}) + "\n")

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            raise RuntimeError("the SIP peers have ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


def staff(session: Session, count: int, skills: Mapping[str, int], *, state: str = "idle") -> None:
    """*count* agents, 8101 and on at the extensions 1101 and on, in *state* from the start."""
    model = session.scalars(select(Agent).order_by(Agent.number)).all()[-1]
    held = {each.skill.code: each.skill_id for each in session.scalars(select(AgentSkill))}
    now = datetime.now(UTC)
    for n in range(101, 101 + count):
        user = User(
            login=str(8000 + n),
            name=f"座席{n}",
            password_hash=model.user.password_hash,
            role_id=model.user.role_id,
            organisation_id=model.user.organisation_id,
            created_at=now,
        )
        session.add(user)
        session.flush()
        number = str(8000 + n)
        session.add(
            Agent(
                number=number,
                user_id=user.id,
                group_id=model.group_id,
                extension=str(1000 + n),
                sip_password_sealed=model.sip_password_sealed,
                post="agent",
                skills=[AgentSkill(skill_id=held[code], level=level) for code, level in skills.items()],
            )
        )
        session.add(AgentPresence(agent_number=number, state=state, since=now, signed_in_at=now))


def publish(session: Session, nodes: Mapping[str, Mapping[str, Any]], start: str) -> None:
    """Let 12366 be answered by these *nodes*."""
    version = session.scalars(select(FlowVersion)).one()
    version.content = {**version.content, "start": start, "nodes": {k: dict(v) for k, v in nodes.items()}}


#: A caller is in the queue at once, and what comes after the talk is the end.
STRAIGHT_TO_QUEUE: Mapping[str, Mapping[str, Any]] = {
    "queue": {
        "type": "queue",
        "queue": "policy",
        "on_served": "end",
        "on_agent_gone": "queue",
        "on_timeout": "end",
        "on_overflow": "end",
        "on_no_agents": "end",
        "on_failed": "end",
    },
    "end": {"type": "hangup"},
}
