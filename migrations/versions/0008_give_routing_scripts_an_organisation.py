"""give routing scripts an organisation

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-27 21:45:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None

KEY = "fk_routing_scripts_organisation_id_organisations"


def upgrade() -> None:
    with op.batch_alter_table("routing_scripts") as table:
        table.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f(KEY), "organisations", ["organisation_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("routing_scripts") as table:
        table.drop_constraint(op.f(KEY), type_="foreignkey")
        table.drop_column("organisation_id")
