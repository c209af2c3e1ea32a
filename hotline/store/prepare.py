"""From settings to a database that is ready: brought to this version's shape, with what a new installation
begins with.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import structlog
from sqlalchemy import func, select

from hotline.config import Settings
from hotline.store import migrate
from hotline.store.db import Database, open_database
from hotline.store.models import User
from hotline.store.seed import Account, new_password, seed
from hotline.store.vault import Vault

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Store:
    """An open database and the key to its sealed fields. ``accounts`` were made now, with ``password``."""

    database: Database
    vault: Vault
    accounts: tuple[Account, ...] = ()
    password: str = ""


def open_store(settings: Settings) -> Store:
    """Open the database as it is. Raises :class:`~hotline.store.db.StoreError`."""
    return Store(open_database(settings.database_url), Vault(settings.secrets.field_key))


def prepare_store(settings: Settings, password: str | None = None) -> Store:
    """Migrate, and seed what is missing if nobody has an account yet or *password* is given.

    Raises :class:`~hotline.store.db.StoreError`.
    """
    migrate.upgrade(settings.database_url)
    store = open_store(settings)
    with store.database.read() as session:
        empty = not session.scalar(select(func.count()).select_from(User))
    if not empty and password is None:
        return store
    password = password or new_password()
    now = time.time()
    result = store.database.write(
        lambda session: seed(session, store.vault, now=now, password=password, with_agents=settings.demo),
        timeout=30.0,
    )
    return Store(store.database, store.vault, result.accounts, password)
