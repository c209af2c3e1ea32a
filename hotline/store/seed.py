"""What a new installation begins with: posts, lines, calendar, the demo flow, and (for a demo) 23 agents.

Running it again adds what is missing and changes nothing that is there.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.domain.permissions import POSTS
from hotline.store import demo
from hotline.store.base import Base, from_epoch
from hotline.store.holidays import public_days
from hotline.store.models import (
    Agent,
    AgentSkill,
    CalendarDay,
    Flow,
    FlowVersion,
    Group,
    Organisation,
    Queue,
    QueueSkill,
    Role,
    ServiceNumber,
    Setting,
    Skill,
    User,
)
from hotline.store.passwords import hash_password
from hotline.store.vault import Vault

M = TypeVar("M", bound=Base)

ADMIN_LOGIN: Final = "admin"
_NINE_TO_FIVE: Final = "09:00-17:00"
_AUTHOR: Final = "system"


@dataclass(frozen=True, slots=True)
class Account:
    """An account that was made, for the line that is printed about it."""

    login: str
    name: str
    post: str


@dataclass(frozen=True, slots=True)
class SeedResult:
    """The accounts that were made now, all with the password that was given; none when they were there."""

    accounts: tuple[Account, ...]


def new_password() -> str:
    """A random password that can be read out and typed: 14 letters and digits without the look-alikes."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(14))


def seed(
    session: Session, vault: Vault, *, now: float, password: str, with_agents: bool = True
) -> SeedResult:
    """Add what is missing. *password* becomes that of every account made here; *now* is seconds since the
    epoch.

    ``with_agents=False`` is for production: no demo agents, and the hotline closes outside working hours.
    """
    seeding = _Seeding(session, vault, now, password)
    seeding.basis()
    seeding.calendar(always_open=with_agents)
    seeding.flow()
    if with_agents:
        seeding.agents()
    session.flush()
    return SeedResult(tuple(seeding.made))


class _Seeding:
    def __init__(self, session: Session, vault: Vault, now: float, password: str) -> None:
        self._session = session
        self._vault = vault
        self._now = from_epoch(now)
        self._password = password
        self._password_hash = ""
        self.made: list[Account] = []

    def _get(self, model: type[M], key: Mapping[str, Any], **values: Any) -> M:
        """The row of *model* with *key*; made with *values* when it is missing."""
        row = self._session.scalar(select(model).filter_by(**key))
        if row is None:
            row = model(**key, **values)
            self._session.add(row)
            self._session.flush()
        return row

    def basis(self) -> None:
        code, name = demo.ORGANISATION
        self._office = self._get(Organisation, {"code": code}, name=name)
        self._roles = {
            post: self._get(
                Role,
                {"code": post},
                name=demo.POST_NAMES[post],
                scope=str(scope),
                permissions=sorted(str(permission) for permission in permissions),
            )
            for post, (scope, permissions) in POSTS.items()
        }
        self._skills = {
            code: self._get(Skill, {"code": code}, name=name) for code, name in demo.LINES.items()
        }
        self._groups = {
            code: self._get(Group, {"code": code}, name=f"{name}组", organisation_id=self._office.id)
            for code, name in demo.LINES.items()
        }
        for code, name in demo.LINES.items():
            self._get(
                Queue,
                {"code": code},
                name=name,
                organisation_id=self._office.id,
                needs=[QueueSkill(skill_id=self._skills[code].id, min_level=demo.MIN_LEVELS.get(code, 1))],
                **demo.QUEUES.get(code, {}),
            )
        self._user(ADMIN_LOGIN, demo.POST_NAMES["admin"], "admin")

    def calendar(self, *, always_open: bool) -> None:
        hours = {"week": [_NINE_TO_FIVE] * 5 + [""] * 2, "make_up": _NINE_TO_FIVE}
        self._get(
            Setting,
            {"key": "calendar.hours"},
            value=hours,
            note="Working hours, Monday to Sunday, and those of a make-up workday",
        )
        self._get(
            Setting,
            {"key": "demo.always_open"},
            value=always_open,
            note="Answer at any hour, whatever the calendar says",
        )
        self._get(
            Setting,
            {"key": "numbers.area_code"},
            value=demo.AREA_CODE,
            note="The own area code, which callers from within the area do not send",
        )
        self._get(
            Setting,
            {"key": "emergency.plans"},
            value=[
                {"name": name, "prompt": prompt, "waiting": waiting}
                for name, prompt, waiting in demo.EMERGENCY_PLANS
            ],
            note="What callers hear and what becomes of those who wait when the hotline is closed at once",
        )
        known = set(self._session.scalars(select(CalendarDay.day)))
        self._session.add_all(
            CalendarDay(day=row.day, kind=row.kind, name=row.name, provisional=row.provisional)
            for row in public_days()
            if row.day not in known
        )

    def flow(self) -> None:
        # Imported here: nothing else of the store needs the interpreter.
        from hotline.domain.ivr.demo import demo_flow
        from hotline.domain.ivr.flow import dump

        flow = demo_flow()
        self._get(
            ServiceNumber,
            {"number": demo.SERVICE_NUMBER},
            flow_code=flow.id,
            organisation_id=self._office.id,
        )
        if self._session.scalar(select(Flow.id).filter_by(code=flow.id)) is not None:
            return
        row = self._get(Flow, {"code": flow.id}, name=flow.name, published_version=flow.version)
        self._session.add(
            FlowVersion(
                document_id=row.id,
                number=flow.version,
                content=dump(flow),
                created_by=_AUTHOR,
                created_at=self._now,
                published_at=self._now,
                published_by=_AUTHOR,
            )
        )

    def agents(self) -> None:
        for person in demo.PEOPLE:
            user = self._user(person.number, person.name, demo.ROLE_OF_POST.get(person.post, person.post))
            if self._session.scalar(select(Agent.id).filter_by(number=person.number)) is not None:
                continue
            self._session.add(
                Agent(
                    number=person.number,
                    user_id=user.id,
                    group_id=self._groups[person.group].id,
                    extension=person.extension,
                    # Whoever tries the demo types one password, into the page and into the phone.
                    sip_password_sealed=self._vault.seal(self._password),
                    post=person.post,
                    skills=[
                        AgentSkill(skill_id=self._skills[code].id, level=person.level(code))
                        for code in person.skills
                    ],
                )
            )

    def _user(self, login: str, name: str, post: str) -> User:
        user = self._session.scalar(select(User).filter_by(login=login))
        if user is not None:
            return user
        # One hash for all: making it is slow on purpose, and they have the same password anyway.
        self._password_hash = self._password_hash or hash_password(self._password)
        user = User(
            login=login,
            name=name,
            password_hash=self._password_hash,
            role_id=self._roles[post].id,
            organisation_id=self._office.id,
            created_at=self._now,
        )
        self._session.add(user)
        self._session.flush()
        self.made.append(Account(login, name, post))
        return user
