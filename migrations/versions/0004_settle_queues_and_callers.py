"""let queues ask for several skills, and say how callers wait; keep lists of callers

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-27 21:10:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

TABLE = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}
# Column -> what queues that are there get.
NUMBERS = {
    "ageing_seconds": 60,
    "no_answer_delay_seconds": 0,
    "busy_delay_seconds": 5,
    "refused_delay_seconds": 0,
    "wrap_up_extension_seconds": 0,
    "wrap_up_extensions": 0,
    "last_agent_seconds": 0,
    "last_agent_minutes": 0,
    "return_minutes": 0,
    "reserved_agents": 0,
    "max_waiting": 0,
    "max_expected_wait_seconds": 0,
    "callback_attempts": 3,
    "callback_retry_seconds": 600,
    "callback_expiry_seconds": 28_800,
}
TEXTS = {
    "strategy": (16, "longest_idle"),
    "return_to": (8, "place"),
    "closing": (16, "serve"),
    "closing_prompt": (64, ""),
}
DOCUMENTS = {"mix": "{}", "relaxation": "[]", "overflow": "[]"}
# Rights that come with this step, for the posts that begin with them.
_DEPUTY = ("lists.view", "callbacks.view", "callbacks.edit")
_LEAD = (*_DEPUTY, "lists.edit", "emergency.switch")
RIGHTS = {"admin": _LEAD, "lead": _LEAD, "deputy": _DEPUTY}

roles = sa.table("roles", sa.column("code", sa.String), sa.column("permissions", sa.JSON))


def _time() -> sa.types.TypeEngine[object]:
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "queue_skills",
        sa.Column("queue_id", sa.Integer(), nullable=False),
        sa.Column("skill_id", sa.Integer(), nullable=False),
        sa.Column("min_level", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["queue_id"], ["queues.id"], name=op.f("fk_queue_skills_queue_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["skill_id"], ["skills.id"], name=op.f("fk_queue_skills_skill_id")),
        sa.PrimaryKeyConstraint("queue_id", "skill_id", name=op.f("pk_queue_skills")),
        **TABLE,
    )
    op.execute(
        "INSERT INTO queue_skills (queue_id, skill_id, min_level, weight) "
        "SELECT id, skill_id, min_level, 1 FROM queues"
    )
    with op.batch_alter_table("queues") as batch:
        for name, number in NUMBERS.items():
            batch.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default=str(number)))
        for name, (length, text) in TEXTS.items():
            batch.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=text))
        for name, document in DOCUMENTS.items():
            batch.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default=document))
        batch.drop_constraint("fk_queues_skill_id", type_="foreignkey")
        batch.drop_column("skill_id")
        batch.drop_column("min_level")
    op.create_table(
        "caller_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("is_prefix", sa.Boolean(), nullable=False),
        sa.Column("bonus", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("expires_at", _time(), nullable=True),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_caller_entries_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caller_entries")),
        sa.UniqueConstraint(
            "organisation_id",
            "kind",
            "number",
            "is_prefix",
            name=op.f("uq_caller_entries_organisation_id_kind_number_is_prefix"),
        ),
        **TABLE,
    )
    with op.batch_alter_table("caller_entries") as batch:
        batch.create_index(batch.f("ix_caller_entries_number"), ["number"], unique=False)
    _grant(RIGHTS)


def downgrade() -> None:
    _grant({}, gone={right for rights in RIGHTS.values() for right in rights})
    op.drop_table("caller_entries")
    with op.batch_alter_table("queues") as batch:
        batch.add_column(sa.Column("skill_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("min_level", sa.Integer(), nullable=False, server_default="1"))
        for name in (*NUMBERS, *TEXTS, *DOCUMENTS):
            batch.drop_column(name)
    # One skill is all that the queue before could ask for.
    op.execute(
        "UPDATE queues SET skill_id = "
        "(SELECT MIN(skill_id) FROM queue_skills WHERE queue_skills.queue_id = queues.id)"
    )
    op.execute(
        "UPDATE queues SET min_level = (SELECT min_level FROM queue_skills "
        "WHERE queue_skills.queue_id = queues.id AND queue_skills.skill_id = queues.skill_id)"
    )
    with op.batch_alter_table("queues") as batch:
        batch.alter_column("skill_id", existing_type=sa.Integer(), nullable=False)
        batch.create_foreign_key("fk_queues_skill_id", "skills", ["skill_id"], ["id"])
    op.drop_table("queue_skills")


def _grant(rights: dict[str, tuple[str, ...]], gone: set[str] | None = None) -> None:
    connection = op.get_bind()
    for code, held in connection.execute(sa.select(roles.c.code, roles.c.permissions)).all():
        wanted = sorted((set(held) | set(rights.get(code, ()))) - (gone or set()))
        if wanted != held:
            connection.execute(roles.update().where(roles.c.code == code).values(permissions=wanted))
