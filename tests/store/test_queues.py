"""Queues in the store: their settings, who could serve them, who uses a skill."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from hotline.domain.acd.settings import Unreadable
from hotline.domain.acd.spec import OverflowRule, QueueSpec, RelaxStep, SkillNeed, Strategy
from hotline.store import migrate
from hotline.store.db import open_database
from hotline.store.errors import Conflict, InUse, Invalid
from hotline.store.models import Queue, QueueSkill, Role, Skill
from hotline.store.queries import queues as store
from hotline.store.queries.access import EVERYTHING
from hotline.store.queries.groups import create_skill, delete_skill
from hotline.store.queries.queues import QueueDetails, Unfit
from hotline.store.seed import seed
from hotline.store.vault import Vault

NOW = 1_800_000_000.0
DETAILS = QueueDetails(
    QueueSpec(
        "vip",
        "贵宾",
        needs=(SkillNeed("policy", 5, 2), SkillNeed("systems", 3)),
        strategy=Strategy.PERCENTAGE,
        mix={"policy": 70, "systems": 30},
        relaxation=(RelaxStep(60, (SkillNeed("policy", 1),)),),
        overflow=(OverflowRule("position", 5, "queue", "general"),),
        last_agent_minutes=60,
        closing="prompt",
    ),
    organisation="taicang",
    closing_prompt="closed",
    announce_seconds=45,
)


@pytest.fixture
def demo(database):
    database.write(lambda session: seed(session, Vault(bytes(32)), now=NOW, password="for-tests-only"))
    return database


def queue(session, code):
    return session.scalars(select(Queue).where(Queue.code == code)).one()


def test_a_queue_comes_back_as_it_was_stored(demo):
    demo.write(lambda session: store.create_queue(session, EVERYTHING, DETAILS))
    with demo.read() as session:
        assert store.queue_details(queue(session, "vip")) == DETAILS


def test_a_changed_queue_asks_for_what_it_says_now(demo):
    demo.write(lambda session: store.create_queue(session, EVERYTHING, DETAILS))
    spec = replace(
        DETAILS.spec, needs=(SkillNeed("complaints", 2), SkillNeed("policy", 4)), relaxation=(), overflow=()
    )
    changed = replace(DETAILS, spec=spec)
    demo.write(lambda session: store.update_queue(session, queue(session, "vip"), changed))
    with demo.read() as session:
        needs = {(n.skill.code, n.min_level, n.weight) for n in queue(session, "vip").needs}
        assert needs == {("complaints", 2, 1), ("policy", 4, 1)}
        kept = session.scalars(select(QueueSkill).where(QueueSkill.queue_id == queue(session, "vip").id))
        assert len(kept.all()) == 2


def test_shares_are_kept_only_where_they_count(demo):
    idle = replace(DETAILS, spec=replace(DETAILS.spec, strategy=Strategy.LONGEST_IDLE))
    demo.write(lambda session: store.create_queue(session, EVERYTHING, idle))
    with demo.read() as session:
        assert store.spec_of(queue(session, "vip")).mix == {}


@pytest.mark.parametrize(
    ("changed", "prompts", "field"),
    [
        ({"needs": (SkillNeed("magic"),), "relaxation": ()}, None, "needs.0.skill"),
        ({"overflow": (OverflowRule("wait", 10, "queue", "vip"),)}, None, "overflow.0.target"),
        (
            {"overflow": (OverflowRule("wait", 10, "prompt", "gone"),)},
            frozenset({"busy"}),
            "overflow.0.target",
        ),
    ],
)
def test_what_has_problems_is_not_stored(demo, changed, prompts, field):
    details = replace(DETAILS, spec=replace(DETAILS.spec, **changed))
    with pytest.raises(Unfit) as refused:
        demo.write(lambda session: store.create_queue(session, EVERYTHING, details, prompts))
    assert field in [problem.field for problem in refused.value.problems]
    with demo.read() as session:
        assert session.scalar(select(Queue.id).where(Queue.code == "vip")) is None


def test_a_queue_cannot_overflow_back_to_where_its_callers_came_from(demo):
    # policy overflows to general already
    with demo.read() as session:
        general = store.queue_details(queue(session, "general"))
    rule = OverflowRule("wait", 60, "queue", "policy")
    with pytest.raises(Unfit) as refused:
        demo.write(
            lambda session: store.update_queue(
                session,
                queue(session, "general"),
                replace(general, spec=replace(general.spec, overflow=(rule,))),
            )
        )
    assert [problem.code for problem in refused.value.problems] == ["circle"]


def test_an_announcement_at_closing_time_has_to_be_named(demo):
    with pytest.raises(Unfit, match="closing_prompt: no_prompt"):
        demo.write(
            lambda session: store.create_queue(session, EVERYTHING, replace(DETAILS, closing_prompt=""))
        )


def test_code_and_organisation_are_checked(demo):
    taken = replace(DETAILS, spec=replace(DETAILS.spec, code="policy"))
    with pytest.raises(Conflict):
        demo.write(lambda session: store.create_queue(session, EVERYTHING, taken))
    with pytest.raises(Invalid):
        demo.write(
            lambda session: store.create_queue(session, EVERYTHING, replace(DETAILS, organisation="moon"))
        )


def test_what_an_older_program_wrote_is_unreadable_and_says_where(demo):
    def spoil(session):
        queue(session, "policy").overflow = [{"if": "late"}]

    demo.write(spoil)
    with demo.read() as session, pytest.raises(Unreadable) as refused:
        store.spec_of(queue(session, "policy"))
    assert refused.value.field == "overflow"


def test_who_can_serve_grows_with_every_step(demo):
    with demo.read() as session:
        spec = store.spec_of(queue(session, "complaints"))
        agents = store.holders(session, EVERYTHING)
        steps = [(after, {a.number for a in able}) for after, able in store.able(agents, spec)]
    (begin, first), (later, all_of_them) = steps
    assert (begin, later) == (0, 60)
    assert first
    assert first <= all_of_them


def test_a_skill_that_is_needed_stays_and_says_who_needs_it(demo):
    with demo.read() as session:
        skill = session.scalars(select(Skill).where(Skill.code == "complaints")).one()
        use = store.uses_of_skill(session, EVERYTHING, skill)
        assert use.queues == ("投诉举报",)
        assert "8007" in use.agents
        assert not use.elsewhere
    with pytest.raises(InUse, match="投诉举报"):
        demo.write(
            lambda s: delete_skill(s, s.scalars(select(Skill).where(Skill.code == "complaints")).one())
        )

    demo.write(lambda session: create_skill(session, "english", "英语") and None)
    demo.write(lambda s: delete_skill(s, s.scalars(select(Skill).where(Skill.code == "english")).one()))


def test_a_skill_that_only_a_step_of_relaxation_names_is_needed_too(demo):
    def add(session):
        create_skill(session, "english", "英语")
        row = queue(session, "general")
        row.relaxation = [{"after_seconds": 60, "needs": [{"skill": "english"}]}]

    demo.write(add)
    with demo.read() as session:
        skill = session.scalars(select(Skill).where(Skill.code == "english")).one()
        assert store.uses_of_skill(session, EVERYTHING, skill).queues == ("综合服务",)


def test_queues_of_before_keep_their_skill_and_posts_get_their_rights(database_url):
    migrate.upgrade(database_url, "0001")
    opened = open_database(database_url)
    statements = (
        "INSERT INTO organisations (id, code, name) VALUES (1, 'a', 'A')",
        "INSERT INTO skills (id, code, name) VALUES (1, 'policy', 'P'), (2, 'systems', 'S')",
        "INSERT INTO queues (id, code, name, skill_id, organisation_id, min_level, ring_seconds, wrap_up_seconds,"
        " max_wait_seconds, no_agents_seconds, misses_until_busy, announce_seconds, service_level_seconds, active)"
        " VALUES (1, 'q', 'Q', 2, 1, 4, 20, 0, 600, 60, 1, 30, 20, 1)",
        "INSERT INTO roles (id, code, name, scope, permissions)"
        " VALUES (1, 'lead', 'L', 'organisation', '[\"live.view\"]'), (2, 'own', 'O', 'all', '[\"live.view\"]')",
    )
    try:
        opened.write(lambda session: [session.execute(text(one)) for one in statements] and None)
        migrate.upgrade(database_url)
        with opened.read() as session:
            spec = store.spec_of(queue(session, "q"))
            rights = {role.code: set(role.permissions) for role in session.scalars(select(Role))}
        assert spec == QueueSpec("q", "Q", (SkillNeed("systems", 4),))
        assert {"live.view", "lists.edit", "emergency.switch"} <= rights["lead"]
        assert rights["own"] == {"live.view"}

        migrate.downgrade(database_url, "0001")
        with opened.read() as session:
            assert session.execute(text("SELECT skill_id, min_level FROM queues")).one() == (2, 4)
            held = session.execute(text("SELECT permissions FROM roles WHERE code = 'lead'")).scalar_one()
        assert "lists" not in str(held)
    finally:
        opened.close()
