"""Saving a flow: every save is a new version, made from the newest one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from hotline.store import models
from hotline.store.base import from_epoch
from hotline.store.queries import flows as store
from webadmin.audit import audit
from webadmin.database import change
from webadmin.identity import person
from webadmin.lookup import find
from webadmin.services import services


def save(code: str, content: Mapping[str, Any], *, base: int, comment: str) -> int:
    """Add a version made from version *base*, and return its number. Raises :class:`StaleVersion`."""
    me, at = person(), from_epoch(services().clock())

    def add(db: Session) -> int:
        row = find(models.Flow, code, db=db)
        saved = store.save_version(db, row, content, base=base, comment=comment[:200], by=me.login, at=at)
        audit(db, "flow.save", "flow", code, version=saved.number, comment=saved.comment)
        return saved.number

    return change(add)


def stale_text(error: store.StaleVersion) -> str:
    return _(
        "%(by)s saved version %(n)s while you were editing. Nothing of yours was saved yet.",
        by=error.by,
        n=error.number,
    )
