"""Making and revoking API tokens, for the page and for the REST interface."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from hotline.store.access import ApiToken
from hotline.store.base import from_epoch
from webadmin.audit import audit
from webadmin.database import change
from webadmin.identity import Person, new_token, token_hash
from webadmin.services import services


def issue_token(person: Person, name: str, life: timedelta | None) -> str:
    """A new token of *person*, valid for *life* or until it is revoked. Only its hash is kept."""
    token = new_token()
    now = from_epoch(services().clock())

    def store(db: Session) -> None:
        row = ApiToken(
            user_id=person.user_id,
            name=name,
            prefix=token[:12],
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + life if life else None,
        )
        db.add(row)
        db.flush()
        audit(db, "token.create", "token", row.id, by=person, name=name)

    change(store)
    return token


def revoke_token(db: Session, person: Person, token_id: int) -> bool:
    """Void one of the person's own tokens; false when there is no such token."""
    row = db.get(ApiToken, token_id)
    if row is None or row.user_id != person.user_id or row.revoked_at is not None:
        return False
    row.revoked_at = from_epoch(services().clock())
    audit(db, "token.revoke", "token", token_id, by=person, name=row.name)
    return True
