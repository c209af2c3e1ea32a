"""A flow opened at one of its versions, with all that a page about it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from hotline.domain import speech
from hotline.domain.ivr.check import check
from hotline.domain.ivr.flow import Flow
from hotline.domain.ivr.languages import USUAL
from hotline.domain.ivr.nodes.language import LANGUAGES
from hotline.domain.ivr.problems import FlowError, Problem
from hotline.store import models
from hotline.store.queries.flows import agent_names, published_flows, queue_names, read_flow, save_flow
from hotline.store.queries.prompts import prompt_files
from hotline.store.queries.routing import published_scripts
from hotline.store.queries.sources import source_names
from hotline.store.versions import Version
from ivr_prompts.library import PromptLibrary
from webadmin import versions
from webadmin.database import session
from webadmin.flows.outline import Names
from webadmin.flows.words import problem_text
from webadmin.services import services

# Flows name prompts, not languages; what is shown is the language that callers hear who have not chosen another one.
LANGUAGE = USUAL


@dataclass(frozen=True, slots=True)
class Opened(versions.Opened[models.Flow]):
    """``flow`` is None where the content cannot be read any more; ``problems`` then says why."""

    flow: Flow | None
    problems: tuple[Problem, ...]
    names: Names


def library() -> PromptLibrary:
    return PromptLibrary(services().settings.home, LANGUAGE)


def names(db: Session) -> Names:
    """The prompts that have audio, with their texts, and everything else that a flow may refer to."""
    prompts, noted, words = library(), prompt_files(db, LANGUAGE), speech.atoms(LANGUAGE)
    texts = {
        prompt: noted[prompt].text if prompt in noted else prompts.text(prompt)
        for prompt in sorted(prompts.with_audio())
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
        elsewhere={lang: prompts.in_language(lang).with_audio() for lang in LANGUAGES if lang != LANGUAGE},
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
        languages=known.elsewhere,
    )
    return tuple(problems)


def open_flow(code: str, number: int | None = None, *, db: Session | None = None) -> Opened:
    """Version *number* of the flow, the newest by default. Raises 404."""
    opened = versions.open_version(FLOWS, code, number, db=db)
    known = names(db or session())
    try:
        flow = read_flow(code, opened.version)
    except FlowError as error:
        return Opened(FLOWS, opened.row, opened.version, opened.newest, None, error.problems, known)
    problems = problems_of(flow, known)
    return Opened(FLOWS, opened.row, opened.version, opened.newest, flow, problems, known)


def _reasons(version: Version) -> list[versions.Reason]:
    problems = [Problem(**problem) for problem in version.refused or ()]
    return [versions.Reason(problem.node, problem_text(problem)) for problem in problems]


FLOWS: Final = versions.Kind(
    model=models.Flow,
    add=save_flow,
    reasons=_reasons,
    title=_l("IVR flow"),
    published=_l("Version %(version)s is published: the next caller hears it."),
    asked=_l("Version %(n)s is published: callers hear it from the next call on."),
    effect=_l(
        "Callers hear it from the next call on. Calls in progress stay with the version that they began with."
    ),
)
