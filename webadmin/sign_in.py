"""Checking a password, for the sign-in page and for programs that ask for a token."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, cast

from sqlalchemy.orm import Session

from hotline.store.access import User
from hotline.store.base import from_epoch
from hotline.store.passwords import hash_password, verify_password
from hotline.store.queries.access import user_by_login
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.identity import Person, person_of
from webadmin.services import services

FAILURES_ALLOWED: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)


class Failure(StrEnum):
    """Why somebody may not come in."""

    WRONG = "wrong"
    LOCKED = "locked"
    INACTIVE = "inactive"


def check_credentials(login: str, password: str) -> Person | Failure:
    """The person, when *password* is its password; every attempt is noted and five wrong ones lock it for a
    time.
    """
    now = from_epoch(services().clock())
    user = user_by_login(session(), login)
    if user is not None and user.locked_until is not None and user.locked_until > now:
        # Said without looking at the password: a locked account tells nothing about it.
        return _refuse(user.id, login, Failure.LOCKED)
    stored = user.password_hash if user is not None else _nobodys_hash()
    right = cast(bool, services().blocking(verify_password, stored, password))
    if user is None or not right:
        return _refuse(user.id if user is not None else None, login, Failure.WRONG)
    if not user.active:
        return _refuse(user.id, login, Failure.INACTIVE)
    return change(lambda db: _admit(db, user.id))


def check_own_password(me: Person, password: str) -> Failure | None:
    """Why *password* is not taken for that of somebody who has signed in, None when it is right. Wrong ones count
    as they do at the sign-in, so that a session that was left open is no place to guess.
    """
    user = session().get_one(User, me.user_id)
    if user.locked_until is not None and user.locked_until > from_epoch(services().clock()):
        return _refuse(user.id, me.login, Failure.LOCKED)
    if not services().blocking(verify_password, user.password_hash, password):
        return _refuse(user.id, me.login, Failure.WRONG)
    return None


def _admit(db: Session, user_id: int) -> Person:
    user = db.get_one(User, user_id)
    user.failed_sign_ins = 0
    user.locked_until = None
    user.last_sign_in_at = from_epoch(services().clock())
    person = person_of(db, user)
    audit(db, "session.sign_in", "user", user.login, by=person)
    return person


def _refuse(user_id: int | None, login: str, failure: Failure) -> Failure:
    def note(db: Session) -> None:
        user = db.get(User, user_id) if user_id is not None else None
        if user is not None and failure is Failure.WRONG:
            user.failed_sign_ins += 1
            if user.failed_sign_ins >= FAILURES_ALLOWED:
                user.failed_sign_ins = 0
                user.locked_until = from_epoch(services().clock()) + LOCKED_FOR
        audit(db, "session.refused", "user", login[:64], login=login[:64], reason=failure.value)

    change(note)
    return failure


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    """Checked for accounts that do not exist, so that the time taken does not tell which do."""
    return hash_password("nobody has this password")
