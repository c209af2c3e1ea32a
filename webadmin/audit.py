"""What people did in the console: one entry for each change, written in the change's own transaction."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from hotline.store.access import AuditEntry
from hotline.store.base import from_epoch
from webadmin.identity import Person, person_or_none
from webadmin.services import services


def audit(
    db: Session,
    action: str,
    object_type: str,
    object_id: object,
    *,
    by: Person | None = None,
    login: str = "",
    **detail: Any,
) -> None:
    """Note that the current person (or *by*; or *login*, for attempts of nobody known) did *action* to an
    object.

    *action* is ``area.verb``; its words for people are in :mod:`webadmin.labels`. *detail* are JSON values;
    never secrets.
    """
    who = by or person_or_none()
    db.add(
        AuditEntry(
            at=from_epoch(services().clock()),
            user_id=who.user_id if who else None,
            login=who.login if who else login,
            action=action,
            object_type=object_type,
            object_id=str(object_id),
            detail=detail,
            address=request.remote_addr or "",
        )
    )


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The values that changed, as ``field: [before, after]``."""
    return {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}
