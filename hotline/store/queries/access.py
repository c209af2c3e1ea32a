"""People, their rights and what those reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from hotline.store.access import ApiToken, AuditEntry, Organisation, Role, User
from hotline.store.calls import Call, CallRecord, Recording, VoiceMessage
from hotline.store.content import ServiceNumber
from hotline.store.errors import Invalid
from hotline.store.seats import Agent, Group, Queue


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows a person's permissions apply to.

    ``organisations`` are the own one and those below it. ``group`` and ``agent`` are those of the person's
    own seat, None without one.
    """

    kind: str
    organisations: frozenset[int] = frozenset()
    group: int | None = None
    agent: str | None = None
    user: int | None = None
    # Whether those organisations are all that there are.
    every_organisation: bool = False

    @property
    def unlimited(self) -> bool:
        """Whether nothing is out of reach: then no query needs to look who owns what."""
        return self.kind == "all" or (self.kind == "organisation" and self.every_organisation)


EVERYTHING: Final = Scope("all")


def scope_of(session: Session, user: User) -> Scope:
    """How far the rights of *user* reach."""
    seat = session.execute(select(Agent.number, Agent.group_id).where(Agent.user_id == user.id)).one_or_none()
    organisations = organisations_below(session, user.organisation_id)
    total = session.scalar(select(func.count()).select_from(Organisation))
    return Scope(
        kind=user.role.scope,
        organisations=organisations,
        group=seat.group_id if seat else None,
        agent=seat.number if seat else None,
        user=user.id,
        every_organisation=len(organisations) == total,
    )


def organisations_below(session: Session, root: int) -> frozenset[int]:
    """*root* and every organisation below it."""
    parents = session.execute(select(Organisation.id, Organisation.parent_id)).all()
    found = {root}
    grown = True
    while grown:
        more = {row.id for row in parents if row.parent_id in found} - found
        grown = bool(more)
        found |= more
    return frozenset(found)


# --- which rows a scope reaches, as conditions for a query
# ---------------------------------------------------


def everything(_scope: Scope) -> ColumnElement[bool]:
    """For what belongs to no organisation: skills, roles, flows."""
    return true()


def organisations_within(scope: Scope) -> ColumnElement[bool]:
    return true() if scope.unlimited else Organisation.id.in_(scope.organisations)


def groups_within(scope: Scope) -> ColumnElement[bool]:
    if scope.unlimited:
        return true()
    if scope.kind == "organisation":
        return Group.organisation_id.in_(scope.organisations)
    return Group.id == scope.group if scope.group is not None else false()


def agents_within(scope: Scope) -> ColumnElement[bool]:
    if scope.unlimited:
        return true()
    if scope.kind == "organisation":
        return Agent.group_id.in_(select(Group.id).where(groups_within(scope)))
    if scope.kind == "group":
        return Agent.group_id == scope.group if scope.group is not None else false()
    return Agent.number == scope.agent if scope.agent is not None else false()


def queues_within(scope: Scope) -> ColumnElement[bool]:
    """Queues are the organisation's: everybody in it may see them."""
    return true() if scope.unlimited else Queue.organisation_id.in_(scope.organisations)


def users_within(scope: Scope) -> ColumnElement[bool]:
    if scope.unlimited:
        return true()
    if scope.kind == "organisation":
        return User.organisation_id.in_(scope.organisations)
    seats = select(Agent.user_id).where(agents_within(scope))
    return or_(User.id.in_(seats), User.id == scope.user)


def calls_within(scope: Scope) -> ColumnElement[bool]:
    """By the agent; for an organisation also by the queue, and by the number dialled where there was
    neither.
    """
    if scope.unlimited:
        return true()
    by_agent = Call.agent_number.in_(select(Agent.number).where(agents_within(scope)))
    if scope.kind != "organisation":
        return by_agent
    # Wrapped, so that the database reads the newest calls in order instead of collecting and sorting all
    # those
    # that each of the three conditions finds by its own index.
    agent, queue = func.coalesce(Call.agent_number, ""), func.coalesce(Call.queue_code, "")
    numbers = select(ServiceNumber.number).where(ServiceNumber.organisation_id.in_(scope.organisations))
    return or_(
        queue.in_(select(Queue.code).where(queues_within(scope))),
        agent.in_(select(Agent.number).where(agents_within(scope))),
        and_(queue == "", agent == "", Call.called.in_(numbers)),
    )


def recordings_within(scope: Scope) -> ColumnElement[bool]:
    if scope.unlimited:
        return true()
    return Recording.interaction_id.in_(select(Call.interaction_id).where(calls_within(scope)))


def voice_messages_within(scope: Scope) -> ColumnElement[bool]:
    if scope.unlimited:
        return true()
    return VoiceMessage.interaction_id.in_(select(Call.interaction_id).where(calls_within(scope)))


def call_records_within(scope: Scope) -> ColumnElement[bool]:
    """A leg that could be joined to no call is shown only to those who see everything."""
    if scope.unlimited:
        return true()
    return CallRecord.interaction_id.in_(select(Call.interaction_id).where(calls_within(scope)))


def audit_within(scope: Scope) -> ColumnElement[bool]:
    if scope.unlimited:
        return true()
    return AuditEntry.user_id.in_(select(User.id).where(users_within(scope)))


# --- people
# -----------------------------------------------------------------------------------------------------


def user_by_id(session: Session, user_id: int) -> User | None:
    return session.execute(
        select(User).where(User.id == user_id).options(joinedload(User.role))
    ).scalar_one_or_none()


def user_by_login(session: Session, login: str) -> User | None:
    return session.execute(
        select(User).where(User.login == login).options(joinedload(User.role))
    ).scalar_one_or_none()


def token_by_hash(session: Session, token_hash: str) -> ApiToken | None:
    return session.execute(
        select(ApiToken)
        .where(ApiToken.token_hash == token_hash)
        .options(joinedload(ApiToken.user).joinedload(User.role))
    ).scalar_one_or_none()


def tokens_of(session: Session, user_id: int) -> list[ApiToken]:
    """The person's tokens that are not revoked, newest first."""
    return list(
        session.scalars(
            select(ApiToken)
            .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
            .order_by(ApiToken.id.desc())
        )
    )


def roles(session: Session) -> list[Role]:
    return list(session.scalars(select(Role).order_by(Role.id)))


def organisations(session: Session, scope: Scope) -> list[Organisation]:
    return list(
        session.scalars(select(Organisation).where(organisations_within(scope)).order_by(Organisation.id))
    )


def organisation_in_reach(session: Session, scope: Scope, code: str) -> Organisation:
    """The organisation with *code*. Raises :class:`Invalid` for what is not there or belongs to others."""
    found = session.scalar(select(Organisation).where(Organisation.code == code, organisations_within(scope)))
    if found is None:
        raise Invalid("organisation", code)
    return found
