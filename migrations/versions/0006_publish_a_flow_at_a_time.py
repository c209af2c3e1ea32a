"""publish a flow at a time

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-27 21:40:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    moment = sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb")
    with op.batch_alter_table("flow_versions") as table:
        table.add_column(sa.Column("publish_at", moment, nullable=True))
        table.add_column(sa.Column("planned_by", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("refused", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("flow_versions") as table:
        table.drop_column("refused")
        table.drop_column("planned_by")
        table.drop_column("publish_at")
