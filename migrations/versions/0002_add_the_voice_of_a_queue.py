"""add the voice of a queue

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-27 21:10:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("queues") as table:
        table.add_column(sa.Column("whisper", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("announce_agent", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("queues") as table:
        for column in ("whisper", "announce_agent"):
            table.alter_column(
                column, existing_type=sa.Boolean(), existing_nullable=False, server_default=None
            )


def downgrade() -> None:
    with op.batch_alter_table("queues") as table:
        table.drop_column("announce_agent")
        table.drop_column("whisper")
