"""The desk phones' accounts for a FreeSWITCH that does not ask the console for them: one generated file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from fs_scripts.switch import directory
from hotline.domain.directory import DeskUser, a1_hash
from hotline.store.models import Agent
from hotline.store.vault import Vault


def desk_users(session: Session, vault: Vault) -> list[DeskUser]:
    """The account of every active seat. Raises :class:`~hotline.store.vault.VaultError` when a password
    cannot be opened.
    """
    agents = session.scalars(select(Agent).where(Agent.active).options(selectinload(Agent.user)))
    return [
        DeskUser(
            extension=agent.extension,
            a1_hash=a1_hash(agent.extension, vault.open(agent.sip_password_sealed)),
            name=agent.user.name,
            agent=agent.number,
        )
        for agent in agents
    ]


def write_directory(session: Session, vault: Vault, folder: Path) -> bool:
    """Write the accounts into *folder* whole or not at all; False when nothing has changed."""
    return directory.write(folder, desk_users(session, vault))
