"""What is known of prompts: who changed them, texts of their own, and which flows say them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from hotline.domain.ivr.node import specs
from hotline.domain.ivr.problems import FlowError
from hotline.store.content import Flow, FlowVersion, PromptFile
from hotline.store.queries.flows import read_flow
from hotline.store.versions import Version


@dataclass(frozen=True, slots=True)
class PromptUse:
    """A node that says a prompt. ``published``: callers hear it now, not only in a draft."""

    flow: str
    flow_name: str
    version: int
    node: str
    published: bool


def prompt_files(session: Session, language: str) -> dict[str, PromptFile]:
    """What was noted of the prompts that people changed, by id."""
    rows = session.scalars(select(PromptFile).where(PromptFile.language == language))
    return {row.code: row for row in rows}


def prompt_file(session: Session, language: str, code: str) -> PromptFile | None:
    return session.scalar(select(PromptFile).where(PromptFile.language == language, PromptFile.code == code))


def note_prompt(
    session: Session,
    language: str,
    code: str,
    *,
    text: str,
    source: str,
    duration_ms: int,
    sha256: str,
    by: str,
    at: datetime,
) -> None:
    """Note what a prompt is made from now on."""
    row = prompt_file(session, language, code)
    if row is None:
        row = PromptFile(code=code, language=language)
        session.add(row)
    row.text, row.source, row.duration_ms, row.sha256 = text, source, duration_ms, sha256
    row.updated_by, row.updated_at = by, at


def forget_prompt(session: Session, language: str, code: str) -> None:
    """The prompt is its own again, or gone: nothing is to be noted of it."""
    row = prompt_file(session, language, code)
    if row is not None:
        session.delete(row)


def prompt_uses(session: Session) -> dict[str, list[PromptUse]]:
    """Prompt id to the nodes that say it, in the published and in the newest version of every flow."""
    other = aliased(FlowVersion)
    newest = (
        select(func.max(other.number)).where(other.document_id == Flow.id).correlate(Flow).scalar_subquery()
    )
    rows = session.execute(
        select(Flow, FlowVersion)
        .join(FlowVersion, FlowVersion.document_id == Flow.id)
        .where(or_(FlowVersion.number == Flow.published_version, FlowVersion.number == newest))
        .order_by(Flow.code, FlowVersion.number)
    )
    uses: dict[str, dict[tuple[str, str], PromptUse]] = {}
    for flow, version in rows:
        published = version.number == flow.published_version
        for node, prompt in _said(flow.code, version):
            use = PromptUse(flow.code, flow.name, version.number, node, published)
            uses.setdefault(prompt, {}).setdefault((flow.code, node), use)
    return {prompt: list(by_node.values()) for prompt, by_node in uses.items()}


def _said(code: str, version: Version) -> Iterator[tuple[str, str]]:
    """Node and prompt id for every prompt in a version; nothing for one that cannot be read any more."""
    try:
        flow = read_flow(code, version)
    except FlowError:
        return
    for node in flow.nodes.values():
        for name, spec in specs(type(node)).items():
            value = getattr(node, name)
            lists = [value] if spec.kind == "prompts" else value.values() if spec.kind == "codes" else ()
            for prompts in lists:
                yield from ((node.id, item) for item in prompts if isinstance(item, str))
