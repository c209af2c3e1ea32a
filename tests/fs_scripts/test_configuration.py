"""What administrators have set, as the calls get it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from fs_scripts import configuration
from hotline.domain.acd.settings import serves
from hotline.domain.acd.spec import RelaxStep, SkillNeed
from hotline.domain.emergency import Emergency, Plan
from hotline.store import models
from hotline.store.base import from_epoch
from hotline.store.queries import lists
from hotline.store.queries.access import EVERYTHING
from hotline.store.seed import seed
from hotline.store.vault import Vault
from tests.fs_scripts.fakes.clock import NOW


@pytest.fixture
def demo(database):
    """The demo's data in a database of this test's own."""
    database.write(lambda s: seed(s, Vault(bytes(32)), now=NOW, password="for-tests-only"))
    return database


def loaded(database) -> configuration.Configuration:
    with database.read() as session:
        return configuration.load(session, NOW)


def change(database, work) -> configuration.Configuration:
    database.write(lambda session: work(session) and None)
    return loaded(database)


def publish(session, number: int, content: dict, published: bool = True) -> None:
    flow = session.scalars(select(models.Flow)).one()
    stamp = from_epoch(NOW)
    session.add(
        models.FlowVersion(
            document_id=flow.id,
            number=number,
            content=content,
            created_by="test",
            created_at=stamp,
            published_at=stamp,
        )
    )
    if published:
        flow.published_version = number


def test_the_demo_is_read_whole(demo):
    found = loaded(demo)
    assert [agent.number for agent in found.agents] == [str(n) for n in range(8001, 8024)]
    assert {queue.code for queue in found.queues} == {"policy", "systems", "complaints", "general"}
    assert all(agent.skills for agent in found.agents)
    assert found.flow_for("12366").start == "welcome"
    assert found.always_open
    assert not found.emergency


def test_every_queue_of_the_demo_has_somebody_for_it(demo):
    found = loaded(demo)
    for queue in found.queues:
        assert any(serves(agent.skills, queue.needs) for agent in found.agents), queue.code


def test_a_queue_is_read_with_all_that_is_set_for_it(demo):
    complaints = next(queue for queue in loaded(demo).queues if queue.code == "complaints")
    assert complaints.needs == (SkillNeed("complaints", 3),)
    assert complaints.relaxation == (RelaxStep(60, (SkillNeed("complaints", 1),)),)
    assert (complaints.wrap_up_seconds, complaints.wrap_up_extensions) == (10, 2)


def test_a_queue_that_cannot_be_read_is_left_out_and_the_rest_serves(demo):
    def spoil(session):
        row = session.scalars(select(models.Queue).where(models.Queue.code == "policy")).one()
        row.relaxation = [{"soon": True}]

    found = change(demo, spoil)
    assert {queue.code for queue in found.queues} == {"systems", "complaints", "general"}


def test_a_rule_that_leads_to_a_queue_that_is_switched_off_is_left_out(demo):
    def switch_off(session):
        session.scalars(select(models.Queue).where(models.Queue.code == "general")).one().active = False

    found = change(demo, switch_off)
    assert {queue.code: queue.overflow for queue in found.queues} == {
        "policy": (),
        "systems": (),
        "complaints": (),
    }


def test_the_announcement_at_closing_time_comes_with_the_queue_that_wants_it(demo):
    def want(session):
        row = session.scalars(select(models.Queue).where(models.Queue.code == "policy")).one()
        row.closing, row.closing_prompt = "prompt", "closed"

    assert change(demo, want).voices["policy"].closing_prompt == "closed"


def test_callers_are_read_and_only_again_when_they_changed(demo):
    def block(session):
        details = [lists.EntryDetails("black", "13812345678")]
        lists.put_entries(session, 1, details, by="test", now=from_epoch(NOW))

    first = change(demo, block)
    assert first.callers.of("+8613812345678", NOW).black
    with demo.read() as session:
        again = configuration.load(session, NOW, first)
    assert again.callers is first.callers
    demo.write(lambda s: lists.delete_entries(s, EVERYTHING, [1]))
    with demo.read() as session:
        assert not configuration.load(session, NOW, again).callers.of("13812345678", NOW).black


def test_an_agent_and_a_queue_that_are_switched_off_are_left_out(demo):
    def switch_off(session):
        session.scalars(select(models.Agent).where(models.Agent.number == "8001")).one().active = False
        session.scalars(select(models.Queue).where(models.Queue.code == "policy")).one().active = False

    found = change(demo, switch_off)
    assert "8001" not in {agent.number for agent in found.agents}
    assert "policy" not in {queue.code for queue in found.queues}


def test_a_call_in_progress_stays_with_its_version_and_new_calls_get_the_published_one(demo):
    def publish_second(session):
        first = session.scalars(select(models.FlowVersion)).one()
        publish(session, 2, {**first.content, "name": "second"})

    found = change(demo, publish_second)
    code = found.numbers["12366"]
    assert found.flow_for("12366").version == 2
    assert found.flow_at(code, 1).version == 1
    assert found.flow_at(code, 2).name == "second"
    assert found.flow_at(code, 3) is None


def test_a_flow_that_cannot_be_read_is_left_out_and_the_rest_serves(demo):
    found = change(demo, lambda session: publish(session, 2, {"nodes": "nonsense"}))
    assert found.flow_for("12366") is None
    assert found.flow_at("main", 1) is not None
    assert len(found.agents) == 23


def test_a_number_that_nobody_assigned_is_answered_by_the_only_flow(demo):
    found = loaded(demo)
    assert found.flow_for("96119") is found.flow_for("12366")
    two = replace(found, flows={**found.flows, "other": found.flow_for("12366")})
    assert two.flow_for("96119") is None
    assert two.flow_for("12366") is not None


@pytest.mark.parametrize("called", ["051212366", "8651212366", "+86051212366"])
def test_a_number_with_country_or_area_code_before_it_is_the_same_number(demo, called):
    found = loaded(demo)
    two = replace(found, flows={**found.flows, "other": replace(found.flow_for("12366"), id="other")})
    assert two.flow_for(called).id == "main"


def test_an_emergency_says_what_callers_hear(demo):
    closed = Emergency(Plan("停电", "power_cut", "callback"), since=NOW, by="8001")

    def switch_on(session):
        session.merge(models.Setting(key=configuration.EMERGENCY, value=closed.as_data(), note=""))

    assert loaded(demo).spoken("emergency") == "emergency"
    found = change(demo, switch_on)
    assert found.emergency
    assert found.closing_now == closed
    assert found.spoken("emergency") == "power_cut"
    assert found.spoken("welcome") == "welcome"


def test_an_emergency_of_before_has_the_usual_prompt(demo):
    def switch_on(session):
        session.merge(models.Setting(key=configuration.EMERGENCY, value=True, note=""))

    found = change(demo, switch_on)
    assert found.emergency
    assert found.spoken("emergency") == "emergency"
