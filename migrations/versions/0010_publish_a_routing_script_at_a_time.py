"""publish a routing script at a time

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-28 00:30:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    moment = sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb")
    with op.batch_alter_table("routing_versions") as table:
        table.add_column(sa.Column("publish_at", moment, nullable=True))
        table.add_column(sa.Column("planned_by", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("refused", sa.JSON(), nullable=True))
    # A plan that was cancelled left the JSON value null, which is no problem but not nothing either.
    op.execute("UPDATE flow_versions SET refused = NULL WHERE refused = 'null'")


def downgrade() -> None:
    with op.batch_alter_table("routing_versions") as table:
        table.drop_column("refused")
        table.drop_column("planned_by")
        table.drop_column("publish_at")
