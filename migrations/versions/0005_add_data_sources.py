"""add data sources and their rows, and let those who may do everything define them

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-27 22:00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
ROLES = sa.table(
    "roles", sa.column("id", sa.Integer), sa.column("code", sa.String), sa.column("permissions", sa.JSON)
)
PERMISSION = "sources.edit"


def moment() -> sa.types.TypeEngine:
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "data_sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("timeout_s", sa.Integer(), nullable=False),
        sa.Column("allow_private", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_sources")),
        sa.UniqueConstraint("code", name=op.f("uq_data_sources_code")),
        **MYSQL,
    )
    op.create_table(
        "data_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("lookup_key", sa.String(length=100), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["data_sources.id"],
            name=op.f("fk_data_rows_source_id_data_sources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_rows")),
        sa.UniqueConstraint("source_id", "lookup_key", name=op.f("uq_data_rows_source_id_lookup_key")),
        **MYSQL,
    )
    _change_permissions(lambda held: held | {PERMISSION})


def downgrade() -> None:
    _change_permissions(lambda held: held - {PERMISSION})
    op.drop_table("data_rows")
    op.drop_table("data_sources")


def _change_permissions(change) -> None:
    connection = op.get_bind()
    query = sa.select(ROLES.c.id, ROLES.c.permissions).where(ROLES.c.code == "admin")
    for role, permissions in connection.execute(query).all():
        after = sorted(change(set(permissions)))
        connection.execute(ROLES.update().where(ROLES.c.id == role).values(permissions=after))
