"""keep how long agents have worked since they signed in

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-28 00:45:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("agent_presence") as table:
        table.add_column(sa.Column("work_ms", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("agent_presence") as table:
        table.alter_column(
            "work_ms", existing_type=sa.BigInteger(), existing_nullable=False, server_default=None
        )


def downgrade() -> None:
    with op.batch_alter_table("agent_presence") as table:
        table.drop_column("work_ms")
