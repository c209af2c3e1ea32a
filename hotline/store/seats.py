"""Seats: groups, agents, their skills, and the queues that they serve."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from hotline.store.access import Organisation, User
from hotline.store.base import Base, JsonDocument, UtcDateTime, Utf8


class Group(Base):
    """Agents who are managed together (座席组)."""

    __tablename__ = "agent_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))

    organisation: Mapped[Organisation] = relationship()
    agents: Mapped[list[Agent]] = relationship(back_populates="group")


class Skill(Base):
    """Something an agent can help with; queues ask for one or more."""

    __tablename__ = "skills"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))


class Agent(Base):
    """A seat (座席): a person with an agent number (工号) at a desk phone with an extension (分机).

    ``priority`` is 1 (first) to 9; among equal skills the lower number gets the call. ``post`` is one of
    ``lead``, ``deputy``, ``information``, ``senior``, ``agent``. ``sip_password_sealed`` is opened by
    :class:`hotline.store.vault.Vault`.
    """

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("agent_groups.id"))
    extension: Mapped[str] = mapped_column(String(16), unique=True)
    sip_password_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    post: Mapped[str] = mapped_column(String(16), default="agent")
    priority: Mapped[int] = mapped_column(default=5)
    active: Mapped[bool] = mapped_column(default=True)

    user: Mapped[User] = relationship()
    group: Mapped[Group] = relationship(back_populates="agents")
    skills: Mapped[list[AgentSkill]] = relationship(back_populates="agent", cascade="all, delete-orphan")


class AgentSkill(Base):
    """An agent's level in a skill: 1 (beginner) to 9 (expert)."""

    __tablename__ = "agent_skills"

    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skills.id"), primary_key=True)
    level: Mapped[int] = mapped_column(default=5)

    agent: Mapped[Agent] = relationship(back_populates="skills")
    skill: Mapped[Skill] = relationship()


class Queue(Base):
    """Callers who wait for agents with the queue's skills. What the columns mean is said in
    :class:`hotline.domain.acd.spec.QueueSpec`; ``closing_prompt`` is heard where ``closing`` is ``prompt``.

    ``whisper``: the agent is told queue and wait before the talk; ``announce_agent``: the caller is told the
    agent's number. ``mix``, ``relaxation`` and ``overflow`` have the shapes of
    :mod:`hotline.domain.acd.settings`.
    """

    __tablename__ = "queues"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    strategy: Mapped[str] = mapped_column(String(16), default="longest_idle")
    mix: Mapped[dict[str, int]] = mapped_column(JsonDocument, default=dict)
    relaxation: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument, default=list)
    overflow: Mapped[list[dict[str, Any]]] = mapped_column(JsonDocument, default=list)
    ageing_seconds: Mapped[int] = mapped_column(default=60)
    ring_seconds: Mapped[int] = mapped_column(default=20)
    no_answer_delay_seconds: Mapped[int] = mapped_column(default=0)
    busy_delay_seconds: Mapped[int] = mapped_column(default=5)
    refused_delay_seconds: Mapped[int] = mapped_column(default=0)
    misses_until_busy: Mapped[int] = mapped_column(default=1)
    wrap_up_seconds: Mapped[int] = mapped_column(default=0)
    wrap_up_extension_seconds: Mapped[int] = mapped_column(default=0)
    wrap_up_extensions: Mapped[int] = mapped_column(default=0)
    max_wait_seconds: Mapped[int] = mapped_column(default=600)
    no_agents_seconds: Mapped[int] = mapped_column(default=60)
    last_agent_seconds: Mapped[int] = mapped_column(default=0)
    last_agent_minutes: Mapped[int] = mapped_column(default=0)
    return_minutes: Mapped[int] = mapped_column(default=0)
    return_to: Mapped[str] = mapped_column(String(8), default="place")
    reserved_agents: Mapped[int] = mapped_column(default=0)
    max_waiting: Mapped[int] = mapped_column(default=0)
    max_expected_wait_seconds: Mapped[int] = mapped_column(default=0)
    closing: Mapped[str] = mapped_column(String(16), default="serve")
    closing_prompt: Mapped[str] = mapped_column(String(64), default="")
    callback_attempts: Mapped[int] = mapped_column(default=3)
    callback_retry_seconds: Mapped[int] = mapped_column(default=600)
    callback_expiry_seconds: Mapped[int] = mapped_column(default=28_800)
    announce_seconds: Mapped[int] = mapped_column(default=30)
    whisper: Mapped[bool] = mapped_column(default=False)
    announce_agent: Mapped[bool] = mapped_column(default=False)
    service_level_seconds: Mapped[int] = mapped_column(default=20)
    active: Mapped[bool] = mapped_column(default=True)

    organisation: Mapped[Organisation] = relationship()
    needs: Mapped[list[QueueSkill]] = relationship(
        back_populates="queue", cascade="all, delete-orphan", order_by="QueueSkill.skill_id"
    )


class QueueSkill(Base):
    """A skill that an agent must have at ``min_level`` to serve the queue; ``weight`` 1 to 9 says how much
    it counts where the best agent is looked for.
    """

    __tablename__ = "queue_skills"

    queue_id: Mapped[int] = mapped_column(ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skills.id"), primary_key=True)
    min_level: Mapped[int] = mapped_column(default=1)
    weight: Mapped[int] = mapped_column(default=1)

    queue: Mapped[Queue] = relationship(back_populates="needs")
    skill: Mapped[Skill] = relationship()


class AgentPresence(Base):
    """An agent's last known state, a projection of the journal that a starting call side takes up again.

    ``work_ms`` is how long the agent has talked and done after-call work since signing in, up to ``since``.
    """

    __tablename__ = "agent_presence"

    agent_number: Mapped[str] = mapped_column(String(16), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Utf8(64), default="")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    work_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    interaction_id: Mapped[str | None] = mapped_column(String(36))
    do_not_disturb: Mapped[bool] = mapped_column(default=False)
