"""add the callbacks

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-27 21:34:30.721030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "callbacks",
        sa.Column("ticket", sa.String(length=36), nullable=False),
        sa.Column("interaction_id", sa.String(length=36), nullable=False),
        sa.Column("reached_interaction_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("queue_code", sa.String(length=32), nullable=False),
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.Column("called", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column(
            "queued_at", sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb"), nullable=False
        ),
        sa.Column(
            "asked_at", sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb"), nullable=False
        ),
        sa.Column(
            "expires_at",
            sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column(
            "next_at", sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb"), nullable=True
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_outcome", sa.String(length=16), nullable=False),
        sa.Column("agent_number", sa.String(length=16), nullable=True),
        sa.Column(
            "settled_at", sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb"), nullable=True
        ),
        sa.Column("place", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_callbacks")),
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_engine="InnoDB",
    )
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_callbacks_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_callbacks_interaction_id"), ["interaction_id"], unique=False)
        batch_op.create_index("ix_callbacks_state_queued_at", ["state", "queued_at"], unique=False)

    with op.batch_alter_table("agent_presence", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("do_not_disturb", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("agent_presence", schema=None) as batch_op:
        batch_op.alter_column(
            "do_not_disturb", existing_type=sa.Boolean(), existing_nullable=False, server_default=None
        )


def downgrade() -> None:
    with op.batch_alter_table("agent_presence", schema=None) as batch_op:
        batch_op.drop_column("do_not_disturb")

    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.drop_index("ix_callbacks_state_queued_at")
        batch_op.drop_index(batch_op.f("ix_callbacks_interaction_id"))
        batch_op.drop_index(batch_op.f("ix_callbacks_asked_at"))

    op.drop_table("callbacks")
