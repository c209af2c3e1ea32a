"""add routing scripts, and let those who see, write or publish flows do so with scripts

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-27 21:30:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
ROLES = sa.table("roles", sa.column("id", sa.Integer), sa.column("permissions", sa.JSON))
LIKE_FLOWS = {"flows.view": "routing.view", "flows.edit": "routing.edit", "flows.publish": "routing.publish"}


def moment() -> sa.types.TypeEngine:
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "routing_scripts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_scripts")),
        sa.UniqueConstraint("code", name=op.f("uq_routing_scripts_code")),
        **MYSQL,
    )
    op.create_table(
        "routing_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("script_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("comment", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("published_at", moment(), nullable=True),
        sa.Column("published_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["script_id"],
            ["routing_scripts.id"],
            name=op.f("fk_routing_versions_script_id_routing_scripts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_versions")),
        sa.UniqueConstraint("script_id", "number", name=op.f("uq_routing_versions_script_id_number")),
        **MYSQL,
    )
    op.create_table(
        "routing_trials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("script_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.String(length=64), nullable=False),
        sa.Column("started_at", moment(), nullable=False),
        sa.Column("changed_at", moment(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("differing", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["script_id"],
            ["routing_scripts.id"],
            name=op.f("fk_routing_trials_script_id_routing_scripts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_trials")),
        **MYSQL,
    )
    _change_permissions(lambda held: held | {LIKE_FLOWS[one] for one in held if one in LIKE_FLOWS})


def downgrade() -> None:
    _change_permissions(lambda held: held - set(LIKE_FLOWS.values()))
    op.drop_table("routing_trials")
    op.drop_table("routing_versions")
    op.drop_table("routing_scripts")


def _change_permissions(change) -> None:
    connection = op.get_bind()
    for role, permissions in connection.execute(sa.select(ROLES.c.id, ROLES.c.permissions)).all():
        after = sorted(change(set(permissions)))
        if after != sorted(permissions):
            connection.execute(ROLES.update().where(ROLES.c.id == role).values(permissions=after))
