"""The operation log: who did what in the console."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from hotline.domain.permissions import Permission
from hotline.store.access import AuditEntry
from hotline.store.queries.access import audit_within
from webadmin.database import session
from webadmin.formats import NOTHING, or_nothing
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.labels import ACTIONS
from webadmin.paging import paged
from webadmin.periods import day_start, days_sent

# Details that are lists of any length.
_LISTS: Final = {"problems"}

bp = Blueprint("audit", __name__, url_prefix="/audit")


@bp.get("/")
@permission(Permission.AUDIT_VIEW)
def index() -> ResponseReturnValue:
    login, action = request.args.get("login", "").strip(), request.args.get("action", "")
    since, until = days_sent()
    statement = select(AuditEntry).where(audit_within(person().scope)).order_by(AuditEntry.id.desc())
    if login:
        statement = statement.where(AuditEntry.login == login)
    if action in ACTIONS:
        statement = statement.where(AuditEntry.action == action)
    if since:
        statement = statement.where(AuditEntry.at >= day_start(since))
    if until:
        statement = statement.where(AuditEntry.at < day_start(until, after=1))
    return render_template(
        "audit/index.html",
        page=paged(session(), statement),
        login=login,
        action=action,
        since=since,
        until=until,
        actions=ACTIONS,
        told=_told,
    )


def _told(key: str, value: Any) -> str:
    """A detail in one line: a pair is what it was and what it became, settings are named by their path."""
    if isinstance(value, Mapping):
        return ", ".join(f"{path} = {_told(key, one)}" for path, one in _settings(value)) or NOTHING
    if isinstance(value, list):
        told = [_told(key, one) for one in value]
        return " → ".join(told) if len(told) == 2 and key not in _LISTS else "; ".join(told)
    return str(or_nothing(value))


def _settings(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _settings(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
