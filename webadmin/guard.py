"""Who may call which route. Each view carries one mark; what has none is refused."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden, Unauthorized

from webadmin.identity import person_or_none
from webadmin.services import services

View = TypeVar("View", bound=Callable[..., object])

# A room full of agents behind one address signs in within a few minutes of the morning.
ATTEMPTS: Final = "60 per minute"
# What somebody without an account may send: a sign-in form is far smaller.
_MOST_OF_STRANGERS: Final = 64 * 1024
SWITCH_USER: Final = "freeswitch"
_ATTRIBUTE: Final = "hotline_access"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_STATIC: Final = "static"


class Kind(StrEnum):
    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    PERMISSION = "permission"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller; ``permission`` is set for that kind only."""

    kind: Kind
    permission: str = ""


def _mark(access: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, access)
        return view

    return mark


def permission(name: str) -> Callable[[View], View]:
    """Only people whose role has the permission *name* (see :mod:`hotline.domain.permissions`)."""
    return _mark(Access(Kind.PERMISSION, name))


def signed_in(view: View) -> View:
    """Everybody with an account: what concerns nobody but the person, such as the own password."""
    return _mark(Access(Kind.SIGNED_IN))(view)


def public(view: View) -> View:
    """Everybody, without signing in."""
    return _mark(Access(Kind.PUBLIC))(view)


def switch_only(view: View) -> View:
    """The telephone switch, by basic credentials; no person and no cookie gets in here."""
    return _mark(Access(Kind.SWITCH))(view)


def access_of(app: Flask, endpoint: str) -> Access | None:
    """The mark of *endpoint*, None when it has none. Static files are public."""
    if endpoint == _STATIC:
        return Access(Kind.PUBLIC)
    found = getattr(app.view_functions[endpoint], _ATTRIBUTE, None)
    return found if isinstance(found, Access) else None


def set_up(app: Flask) -> None:
    """Check every request of *app* before its view runs."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    # The token lives as long as the session: a form that was open over lunch can still be sent.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf = CSRFProtect(app)

    @app.before_request
    def check_access() -> None:
        if request.endpoint is None:
            return
        access = access_of(current_app, request.endpoint)
        if access is None:
            raise RuntimeError(f"the route {request.endpoint} declares no permission")
        _admit(access, csrf)


def slow_down(app: Flask, limiter: Limiter, endpoint: str) -> None:
    """Let one address try *endpoint*, which takes a password, only so often."""
    view: Any = app.view_functions[endpoint]
    app.view_functions[endpoint] = limiter.limit(ATTEMPTS, methods=["POST"])(view)


def _admit(access: Access, csrf: CSRFProtect) -> None:
    if access.kind is Kind.SWITCH:
        _check_switch()
        return
    if access.kind is Kind.PUBLIC:
        request.max_content_length = _MOST_OF_STRANGERS
    person = None if access.kind is Kind.PUBLIC else person_or_none()
    if access.kind is not Kind.PUBLIC and person is None:
        raise Unauthorized
    # A program that shows a token sends no cookie that another site could make use of.
    if request.method not in _SAFE and not (person and person.token_id):
        bearer_only = request.path.startswith("/api/") and access.kind is Kind.PUBLIC
        if not bearer_only:
            csrf.protect()
    if access.kind is Kind.PERMISSION and person is not None and not person.can(access.permission):
        raise Forbidden


def _check_switch() -> None:
    given = request.authorization
    expected = services().settings.secrets.switch
    if (
        given is None
        or given.type != "basic"
        or given.username != SWITCH_USER
        or not hmac.compare_digest((given.password or "").encode(), expected.encode())
    ):
        raise Unauthorized
