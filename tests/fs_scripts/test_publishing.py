"""Flows and routing scripts are published at the time that was planned, by the scheduled job."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from fs_scripts.publishing import publish_planned
from hotline.live.bus import NoCallSide
from hotline.live.messages import RaiseAlarm, ReloadConfiguration
from hotline.store.base import from_epoch
from hotline.store.models import AuditEntry, Flow, FlowVersion, RoutingScript, RoutingVersion
from hotline.store.queries import publishing, versions
from ivr_prompts.library import PromptLibrary
from tests.fs_scripts.fakes.clock import FakeClock

SCRIPT = "def route(call: Call) -> Route | None:\n    return None\n"
NEXT = {"welcome": {"type": "play", "prompts": ["news"], "next": "bye"}, "bye": {"type": "hangup"}}


class Bus:
    def __init__(self):
        self.asked = []
        self.present = True

    def request(self, command, timeout):
        if not self.present:
            raise NoCallSide("nobody is there")
        self.asked.append(command)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def bus():
    return Bus()


@pytest.fixture
def prompts(home):
    (home / "prompts" / "zh").mkdir(parents=True)
    (home / "prompts" / "zh" / "news.wav").touch()
    return PromptLibrary(home, "zh")


@pytest.fixture
def planned(database, clock):
    """A flow whose versions 2 and 3 are planned for one and two hours from now."""
    now = from_epoch(clock())

    def add(session):
        flow = Flow(code="main", name="12366", published_version=1)
        session.add(flow)
        session.flush()
        for number in (1, 2, 3):
            content = {"id": "main", "version": number, "name": "12366", "start": "welcome", "nodes": NEXT}
            version = FlowVersion(
                document_id=flow.id, number=number, content=content, created_by="8001", created_at=now
            )
            session.add(version)
            if number > 1:
                publishing.plan(version, by="8001", at=now + timedelta(hours=number - 1))

    database.write(add)


@pytest.fixture
def run(database, bus, prompts, clock, planned):
    return lambda: publish_planned(database, bus, prompts, clock)


def published(database):
    with database.read() as session:
        return session.scalar(select(Flow.published_version))


def version_of(session, number):
    return session.scalar(select(FlowVersion).where(FlowVersion.number == number))


def version(database, number):
    with database.read() as session:
        return version_of(session, number)


def test_a_version_is_published_when_its_time_has_come_and_the_call_side_is_told(run, database, bus, clock):
    clock.advance(3599)
    run()
    assert published(database) == 1
    clock.advance(1)
    run()
    assert published(database) == 2
    assert bus.asked == [ReloadConfiguration(by="8001", parts=("flows",))]
    found = version(database, 2)
    assert (found.published_by, found.published_at, found.publish_at) == ("8001", from_epoch(clock()), None)


def test_a_job_that_slept_over_two_plans_leaves_the_later_one_to_callers(run, database, clock):
    clock.advance(86_400)
    run()
    assert published(database) == 3
    assert version(database, 2).published_at is not None


def test_what_no_longer_passes_the_check_is_not_published_and_says_why(run, database, bus, clock, home):
    (home / "prompts" / "zh" / "news.wav").unlink()
    clock.advance(3600)
    run()
    assert published(database) == 1
    params = {"code": "main", "name": "12366", "version": "2"}
    assert bus.asked == [RaiseAlarm("8001", "flow_not_published", params)]
    refused = version(database, 2).refused
    assert [(one["node"], one["field"], one["code"]) for one in refused] == [
        ("welcome", "prompts.0", "unknown_prompt")
    ]
    with database.read() as session:
        (entry,) = session.scalars(select(AuditEntry))
    assert (entry.action, entry.login, entry.object_id) == ("flow.not_published", "8001", "main")
    assert "news" in entry.detail["problems"][0]
    run()
    assert published(database) == 1


def test_a_version_that_is_not_heard_in_every_language_of_its_callers_is_not_published(run, database, clock):
    def speak_english(session):
        content = version_of(session, 2).content
        nodes = {**NEXT, "choose": {"type": "language", "language": "en", "next": "welcome"}}
        version_of(session, 2).content = {**content, "start": "choose", "nodes": nodes}

    database.write(speak_english)
    clock.advance(3600)
    run()
    assert published(database) == 1
    (refused,) = version(database, 2).refused
    assert (refused["node"], refused["field"]) == ("welcome", "prompts.0")
    assert refused["params"] == {"prompt": "news", "language": "en"}


def test_a_plan_that_was_cancelled_is_not_carried_out(run, database, clock):
    database.write(
        lambda session: publishing.cancel(session.scalar(select(FlowVersion).where(FlowVersion.number == 2)))
    )
    clock.advance(3600)
    run()
    assert published(database) == 1


def test_without_a_call_side_it_is_published_all_the_same(run, database, bus, clock):
    bus.present = False
    clock.advance(3600)
    run()
    assert published(database) == 2


def plan_routing(database, clock, kind, content):
    """A script or table without a version that decides, whose first one is planned for an hour from now."""
    now = from_epoch(clock())

    def add(session):
        script = RoutingScript(code="vip", name="贵宾", kind=kind)
        versions.create(session, script, content, comment="", by="8001", at=now)
        publishing.plan(versions.version_of(session, script, 1), by="8001", at=now + timedelta(hours=1))

    database.write(add)


def decides(database):
    with database.read() as session:
        return session.scalar(select(RoutingScript.published_version))


@pytest.mark.parametrize(("kind", "content"), [("script", {"text": SCRIPT}), ("rules", {"rows": []})])
def test_a_script_and_a_rule_table_decide_from_the_time_that_was_planned(
    database, bus, prompts, clock, kind, content
):
    plan_routing(database, clock, kind, content)
    publish_planned(database, bus, prompts, clock)
    assert decides(database) is None
    clock.advance(3600)
    publish_planned(database, bus, prompts, clock)
    assert decides(database) == 1
    assert bus.asked == [ReloadConfiguration(by="8001", parts=("routing",))]


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("script", {"text": SCRIPT.replace("None", "Route('queue:gone')", 1)}, "unknown_queue"),
        ("rules", {"rows": [{"target": "queue:gone"}]}, "unknown_queue"),
        ("rules", {"rows": 1}, "bad_table"),
    ],
)
def test_a_script_or_table_that_names_what_is_gone_does_not_decide_and_people_are_told(
    database, bus, prompts, clock, kind, content, code
):
    plan_routing(database, clock, kind, content)
    clock.advance(3600)
    publish_planned(database, bus, prompts, clock)
    assert decides(database) is None
    params = {"code": "vip", "name": "贵宾", "version": "1"}
    assert bus.asked == [RaiseAlarm("8001", "routing_not_published", params)]
    with database.read() as session:
        refused = session.scalars(select(RoutingVersion)).one().refused
        (entry,) = session.scalars(select(AuditEntry))
    assert code in [problem["code"] for problem in refused]
    assert (entry.action, entry.object_id) == ("routing.not_published", "vip")


def test_a_plan_that_is_changed_while_it_is_checked_waits_for_its_new_time(database, clock, planned):
    later = from_epoch(clock()) + timedelta(days=2)
    clock.advance(3600)
    now = from_epoch(clock())
    with database.read() as session:
        (one,) = publishing.due(session, Flow, now)
    database.write(
        lambda session: publishing.plan(session.get(FlowVersion, one.version.id), by="8002", at=later)
    )
    assert database.write(lambda session: publishing.settle(session, [publishing.Judged(one)], now)) == []
    assert published(database) == 1
    assert version(database, 2).publish_at == later
