"""A flow as the console's tests look at it and as the editor's script sends it."""

from sqlalchemy import select

from hotline.store.models import AuditEntry, Flow, FlowVersion


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
