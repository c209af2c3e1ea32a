"""A flow opened at one of its versions, with all that a page about it needs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from hotline.domain import speech
from hotline.domain.ivr.check import check
from hotline.domain.ivr.flow import Flow, parse
from hotline.domain.ivr.problems import FlowError, Problem
from hotline.store import models
from hotline.store.content import FlowVersion
from hotline.store.queries.flows import agent_names, published_flows, queue_names, version_of
from hotline.store.queries.prompts import prompt_files
from hotline.store.queries.routing import published_scripts
from hotline.store.queries.sources import source_names
from ivr_prompts.library import PromptLibrary
from webadmin.database import session
from webadmin.flows.outline import Names
from webadmin.lookup import find
from webadmin.services import services

# Flows name prompts, not languages; what is checked and shown is the language that callers hear.
LANGUAGE = "zh"


@dataclass(frozen=True, slots=True)
class Opened:
    """``flow`` is None where the content cannot be read any more; ``problems`` then says why.

    ``newest`` is the number of the last version: only that one is edited.
    """

    row: models.Flow
    version: FlowVersion
    newest: int
    flow: Flow | None
    problems: tuple[Problem, ...]
    names: Names

    @property
    def is_newest(self) -> bool:
        return self.version.number == self.newest

    @property
    def is_published(self) -> bool:
        return self.version.number == self.row.published_version


def library() -> PromptLibrary:
    return PromptLibrary(services().settings.home, LANGUAGE)


def names(db: Session) -> Names:
    """The prompts that have audio, with their texts, and everything else that a flow may refer to."""
    prompts, noted, words = library(), prompt_files(db, LANGUAGE), speech.atoms(LANGUAGE)
    texts = {
        prompt: noted[prompt].text if prompt in noted else prompts.text(prompt)
        for prompt in sorted(prompts.ids())
        if prompts.has_audio(prompt)
    }
    return Names(
        prompts=texts,
        queues=queue_names(db),
        offered=tuple(prompt for prompt in texts if prompt not in words),
        agents=agent_names(db),
        sources=source_names(db),
        scripts=published_scripts(db),
        published=(flows := published_flows(db)),
        flows={code: flow.name for code, flow in flows.items()},
    )


def problems_of(flow: Flow, known: Names) -> tuple[Problem, ...]:
    """All that keeps the flow from being published."""
    problems = check(
        flow,
        prompts=known.prompts.keys(),
        queues=known.queues.keys(),
        agents=known.agents.keys(),
        scripts=known.scripts.keys(),
        sources=known.sources.keys(),
        flows=known.published,
    )
    return tuple(problems)


def parse_version(code: str, version: FlowVersion) -> Flow:
    """Raises :class:`FlowError` for content that an older program wrote and this one cannot read."""
    return parse({**version.content, "id": code, "version": version.number})


def refused(version: FlowVersion) -> tuple[Problem, ...]:
    """What kept the version from being published when that was planned."""
    return tuple(Problem(**problem) for problem in version.refused or ())


def open_flow(code: str, number: int | None = None, *, db: Session | None = None) -> Opened:
    """Version *number* of the flow, the newest by default. Raises 404."""
    used = db or session()
    row = find(models.Flow, code, db=used)
    newest = version_of(used, row)
    version = newest if number is None or newest is None else version_of(used, row, number)
    if newest is None or version is None:
        raise NotFound
    known = names(used)
    try:
        flow = parse_version(code, version)
    except FlowError as error:
        return Opened(row, version, newest.number, None, error.problems, known)
    return Opened(row, version, newest.number, flow, problems_of(flow, known), known)
