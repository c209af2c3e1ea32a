"""Parameters that administrators change at run time."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from hotline.store.models import Setting


def get_setting(session: Session, key: str, *, default: Any) -> Any:
    """The JSON value stored under the dotted *key*, or *default*."""
    row = session.get(Setting, key)
    return default if row is None else row.value


def set_setting(session: Session, key: str, value: Any) -> None:
    """Store a JSON *value* under the dotted *key*; the note that explains it stays."""
    row = session.get(Setting, key)
    if row is None:
        session.add(Setting(key=key, value=value))
    else:
        row.value = value
