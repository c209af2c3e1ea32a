"""A flow as the console's tests look at it and as the editor's script sends it."""

from sqlalchemy import select

from hotline.domain.ivr.demo import demo_flow
from hotline.domain.ivr.flow import dump
from hotline.store.base import from_epoch
from hotline.store.models import AuditEntry, Flow, FlowVersion, Organisation, Queue, QueueSkill, Skill
from ivr_prompts.texts import LANGUAGES, texts
from tests.webadmin import cast


def make_prompts(home):
    """An empty file for every prompt; the folder of the Chinese ones."""
    for lang in LANGUAGES:
        folder = home / "prompts" / lang
        folder.mkdir(parents=True)
        for prompt in texts(lang):
            (folder / f"{prompt}.wav").touch()
    return home / "prompts" / "zh"


def add_demo_flow(session):
    """The demo's flow, published, with the queues that it names."""
    office = session.scalar(select(Organisation).where(Organisation.code == "taicang"))
    skill = session.scalar(select(Skill).where(Skill.code == "policy"))
    for code in ("complaints", "general"):
        needs = [QueueSkill(skill_id=skill.id)]
        session.add(Queue(code=code, name=code, organisation_id=office.id, needs=needs))
    row = Flow(code="main", name="12366", published_version=1)
    session.add(row)
    session.flush()
    at = from_epoch(cast.NOW - 3600)
    session.add(
        FlowVersion(
            document_id=row.id,
            number=1,
            content=dump(demo_flow()),
            created_by="system",
            created_at=at,
            published_at=at,
            published_by="system",
        )
    )


def versions(database):
    with database.read() as session:
        return list(session.scalars(select(FlowVersion).order_by(FlowVersion.number)))


def published(database):
    with database.read() as session:
        return session.scalar(select(Flow.published_version).where(Flow.code == "main"))


def audited(database, action):
    with database.read() as session:
        return session.scalars(select(AuditEntry).where(AuditEntry.action == action)).all()


def document(database, **changed):
    """The newest version as the editor holds it, with some nodes changed: a node's fields by its id."""
    content = versions(database)[-1].content
    nodes = {node: raw | changed.pop(node, {}) for node, raw in content["nodes"].items()} | changed
    return {"name": content["name"], "start": content["start"], "nodes": nodes}


def send(browser, path, **body):
    """What the editor's script sends: JSON, and the CSRF token in a header."""
    return browser.client.post(path, json=body, headers={"X-CSRFToken": browser.csrf()})


def save(browser, database, base=1, comment="", **changed):
    body = {"document": document(database, **changed), "base": base, "comment": comment}
    return send(browser, "/flows/main/editor/save", **body)
