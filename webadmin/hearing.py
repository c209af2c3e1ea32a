"""Who listened to what: one entry in the operation log for one hearing, however many parts a player asks for."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from hotline.store.access import AuditEntry
from hotline.store.base import from_epoch
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.identity import person
from webadmin.services import services

# Parts of one file that one person asks for within this time are one hearing.
ONE_HEARING_SECONDS: Final = 600


def note_hearing(action: str, object_type: str, object_id: int, interaction: str) -> None:
    """Note that the current person listens to a file, unless that was noted a moment ago."""
    since = from_epoch(services().clock() - ONE_HEARING_SECONDS)
    noted = session().scalar(
        select(AuditEntry.id)
        .where(
            AuditEntry.at >= since,
            AuditEntry.user_id == person().user_id,
            AuditEntry.action == action,
            AuditEntry.object_id == str(object_id),
        )
        .limit(1)
    )
    if noted is None:
        change(lambda db: audit(db, action, object_type, object_id, interaction=interaction))
