"""Who is calling: people by their session, programs by their token."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from flask import Flask, Request
from flask_login import LoginManager, current_user
from sqlalchemy.orm import Session

from hotline.store.access import ApiToken, User
from hotline.store.base import from_epoch
from hotline.store.queries.access import Scope, scope_of, token_by_hash, user_by_id
from webadmin.database import session
from webadmin.services import services

# So that a token is recognised where it was left by mistake.
TOKEN_PREFIX: Final = "htk_"  # noqa: S105
_FOR_TOKENS: Final = ("/api/", "/metrics")
_USED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in, as views see them. ``token_id`` is set when a program acts for the
    person.
    """

    user_id: int
    login: str
    name: str
    role: str
    role_name: str
    permissions: frozenset[str]
    scope: Scope
    locale: str
    epoch: int
    token_id: int | None = None

    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """What the session keeps. A raised epoch (new password, other rights) makes it void."""
        return f"{self.user_id}.{self.epoch}"

    def can(self, permission: str) -> bool:
        return permission in self.permissions


def person_of(db: Session, user: User, token: ApiToken | None = None) -> Person:
    """The person behind *user*, with the rights that the role gives at this moment."""
    return Person(
        user_id=user.id,
        login=user.login,
        name=user.name,
        role=user.role.code,
        role_name=user.role.name,
        permissions=frozenset(user.role.permissions),
        scope=scope_of(db, user),
        locale=user.locale,
        epoch=user.session_epoch,
        token_id=token.id if token else None,
    )


def set_up(app: Flask) -> None:
    """Find out the person of each request of *app*."""
    manager = LoginManager(app)
    # The address of a person changes with the network; the cookie is signed, and void when rights change.
    manager.session_protection = None
    manager.user_loader(_from_session)
    manager.request_loader(_from_token)


def person_or_none() -> Person | None:
    """The person of the current request, None when nobody has signed in."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def person() -> Person:
    """The person of the current request; only for views that somebody must have signed in for."""
    found = person_or_none()
    if found is None:
        raise RuntimeError("a view that needs a person was reached without one")
    return found


def own_organisation() -> int:
    """The id of the organisation that the current person belongs to, and so does what is made anew."""
    user = user_by_id(session(), person().user_id)
    if user is None:
        raise RuntimeError("the account of the current person is gone")
    return user.organisation_id


def new_token() -> str:
    """A new API token; shown once, kept as a hash."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token. It is random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _from_session(value: str) -> Person | None:
    user_id, _, epoch = value.partition(".")
    if not (user_id.isdigit() and epoch.isdigit()):
        return None
    user = user_by_id(session(), int(user_id))
    if user is None or not user.active or user.session_epoch != int(epoch):
        return None
    return person_of(session(), user)


def _from_token(request: Request) -> Person | None:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return None
    # Pages hold more than the interface: with them a token could make itself another one that never ends, or
    # give somebody a new password.
    if not request.path.startswith(_FOR_TOKENS):
        return None
    now = from_epoch(services().clock())
    token = token_by_hash(session(), token_hash(given.token))
    if token is None or token.revoked_at or (token.expires_at and token.expires_at <= now):
        return None
    if not token.user.active:
        return None
    found = person_of(session(), token.user, token)
    if token.last_used_at is None or now - token.last_used_at > _USED_EVERY:
        token_id = token.id

        def note_use(db: Session) -> None:
            used = db.get(ApiToken, token_id)
            if used is not None:
                used.last_used_at = now

        session().rollback()
        services().database.write(note_use)
    return found
