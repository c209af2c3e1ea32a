from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from hotline.domain.acd.settings import Known, overflow_queues, problems
from hotline.domain.acd.spec import OverflowRule, RelaxStep, SkillNeed
from hotline.domain.ivr.flow import parse
from hotline.domain.permissions import Permission, Scope
from hotline.store.models import Agent, Base, CalendarDay, Flow, FlowVersion, Queue, Role, Setting, User
from hotline.store.passwords import verify_password
from hotline.store.queries.calendar import load_calendar
from hotline.store.queries.queues import spec_of
from hotline.store.queries.settings import set_setting
from hotline.store.seed import new_password, seed
from hotline.store.vault import Vault

VAULT = Vault(bytes(32))
NOW = 1_800_000_000.0


def run(database, **options):
    return database.write(lambda session: seed(session, VAULT, now=NOW, password="demo-password", **options))


def row_counts(database):
    with database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }


def test_the_demo_has_the_administrator_and_23_agents_of_the_right_posts(database):
    result = run(database)

    assert [account.login for account in result.accounts] == ["admin", *map(str, range(8001, 8024))]
    with database.read() as session:
        agents = session.scalars(select(Agent).order_by(Agent.number)).all()
        assert [a.extension for a in agents] == [str(n) for n in range(1001, 1024)]
        posts = Counter(a.post for a in agents)
        assert posts == {"lead": 1, "deputy": 2, "information": 1, "senior": 13, "agent": 6}
        assert {a.user.login for a in agents} == {a.number for a in agents}


def test_seeding_again_changes_nothing_and_gives_no_password(database):
    run(database)
    before = row_counts(database)

    again = run(database)

    assert again.accounts == ()
    assert row_counts(database) == before


def test_what_an_administrator_changed_stays(database):
    run(database)
    database.write(lambda session: set_setting(session, "demo.always_open", False))

    run(database)

    with database.read() as session:
        assert session.get(Setting, "demo.always_open").value is False


def test_every_line_has_at_least_eight_agents_and_everybody_helps_in_general(database):
    run(database)

    with database.read() as session:
        agents = session.scalars(select(Agent)).all()
        held = Counter(held.skill.code for agent in agents for held in agent.skills)
        assert held["general"] == 23
        assert all(held[line] >= 8 for line in ("policy", "systems", "complaints"))
        assert any(len(agent.skills) == 2 for agent in agents), "somebody must lack a skill"
        by_number = {agent.number: {held.skill.code for held in agent.skills} for agent in agents}
        assert by_number["8001"] == by_number["8005"] == {"policy", "systems", "complaints", "general"}


def test_queues_ring_20_seconds_and_only_complaints_have_wrap_up(database):
    run(database)

    with database.read() as session:
        queues = {queue.code: queue for queue in session.scalars(select(Queue))}
        assert {code: queue.wrap_up_seconds for code, queue in queues.items()} == {
            "policy": 0,
            "systems": 0,
            "complaints": 10,
            "general": 0,
        }
        assert {queue.ring_seconds for queue in queues.values()} == {20}
        assert {c: [(n.skill.code, n.min_level) for n in q.needs] for c, q in queues.items()} == {
            "policy": [("policy", 1)],
            "systems": [("systems", 1)],
            "complaints": [("complaints", 3)],
            "general": [("general", 1)],
        }


def test_complaints_begin_with_practised_agents_and_long_waits_overflow_to_general_help(database):
    run(database)

    with database.read() as session:
        specs = {queue.code: spec_of(queue) for queue in session.scalars(select(Queue))}
    assert specs["complaints"].relaxation == (RelaxStep(60, (SkillNeed("complaints", 1),)),)
    assert specs["policy"].overflow == specs["systems"].overflow
    assert specs["policy"].overflow == (OverflowRule("wait", 180, "queue", "general"),)
    for spec in specs.values():
        known = Known(set(specs), set(specs), {code: overflow_queues(one) for code, one in specs.items()})
        assert problems(spec, known) == []


def test_passwords_are_hashed_and_those_of_the_phones_sealed(database):
    run(database)

    with database.read() as session:
        user = session.scalar(select(User).filter_by(login="8001"))
        assert verify_password(user.password_hash, "demo-password")
        sealed = session.scalars(select(Agent.sip_password_sealed)).all()
        assert len(set(sealed)) == 23
        assert {VAULT.open(value) for value in sealed} == {"demo-password"}


def test_roles_hold_known_permissions_and_the_administrator_all(database):
    run(database)

    with database.read() as session:
        roles = {role.code: role for role in session.scalars(select(Role))}
        for role in roles.values():
            assert set(role.permissions) <= {str(permission) for permission in Permission}
            assert role.scope in {str(scope) for scope in Scope}
        assert set(roles["admin"].permissions) == {str(permission) for permission in Permission}
        assert (roles["agent"].scope, roles["agent"].name) == ("self", "座席")


def test_the_published_flow_is_the_demo_flow(database):
    run(database)

    with database.read() as session:
        flow = session.scalars(select(Flow)).one()
        (version,) = session.scalars(select(FlowVersion))
        assert version.number == flow.published_version
        assert parse(version.content).id == flow.code


def test_the_demo_answers_at_night_and_an_installation_without_agents_does_not(database, make_database):
    night = datetime(2026, 11, 24, 3, 0, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    run(database)
    with database.read() as session:
        assert load_calendar(session).is_open(night).open

    database.write(lambda session: set_setting(session, "demo.always_open", False))
    with database.read() as session:
        assert not load_calendar(session).is_open(night).open


def test_without_agents_only_the_administrator_is_made(database):
    result = run(database, with_agents=False)

    assert [account.login for account in result.accounts] == ["admin"]
    with database.read() as session:
        assert session.scalars(select(Agent)).all() == []
        assert session.get(Setting, "demo.always_open").value is False


@pytest.mark.parametrize(
    ("day", "is_open", "reason"),
    [
        ("2026-02-17", False, "holiday"),  # the first day of the Spring Festival
        ("2026-02-28", True, "make_up_workday"),  # a Saturday that is worked
        ("2026-10-10", True, "make_up_workday"),
        ("2026-11-24", True, "working_hours"),
        ("2026-11-28", False, "rest_day"),
        ("2025-01-26", True, "make_up_workday"),
    ],
)
def test_the_announced_holidays_and_make_up_workdays_are_known(database, day, is_open, reason):
    run(database, with_agents=False)
    noon = datetime.combine(date.fromisoformat(day), datetime.min.time()).replace(
        hour=12, tzinfo=ZoneInfo("Asia/Shanghai")
    )

    with database.read() as session:
        state = load_calendar(session).is_open(noon.timestamp())

    assert (state.open, state.reason) == (is_open, reason)


def test_what_is_not_announced_yet_is_marked_provisional(database):
    run(database, with_agents=False)

    with database.read() as session:
        rows = session.scalars(select(CalendarDay)).all()

    assert {row.provisional for row in rows if row.day.year == 2027} == {True}
    assert {row.provisional for row in rows if row.day.year < 2027} == {False}


def test_a_new_password_is_long_and_never_the_same():
    assert len({new_password() for _ in range(50)}) == 50
    assert all(len(new_password()) == 14 for _ in range(5))
