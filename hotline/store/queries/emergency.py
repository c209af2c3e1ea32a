"""Closing at once: the plans that are prepared, and the emergency while there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy.orm import Session

from hotline.domain.emergency import Emergency, Plan, emergency_of, plan_of
from hotline.store.queries.settings import get_setting, set_setting

CURRENT: Final = "calendar.emergency"
PLANS: Final = "emergency.plans"


def current(session: Session) -> Emergency | None:
    """The emergency that is on, None while there is none."""
    return emergency_of(get_setting(session, CURRENT, default=None))


def plans(session: Session) -> list[Plan]:
    """What is prepared, in its order."""
    return [plan_of(data) for data in get_setting(session, PLANS, default=())]


def set_plans(session: Session, wanted: Sequence[Plan]) -> None:
    set_setting(session, PLANS, [asdict(plan) for plan in wanted])


def switch_on(session: Session, plan: Plan, *, by: str, now: float) -> Emergency:
    """Close at once by *plan*, also where another one is on already."""
    emergency = Emergency(plan, now, by)
    set_setting(session, CURRENT, emergency.as_data())
    return emergency


def switch_off(session: Session) -> Emergency | None:
    """End the emergency; the one that was on."""
    before = current(session)
    set_setting(session, CURRENT, False)
    return before
