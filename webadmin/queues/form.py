"""A queue's form: single values by WTForms, and rows (skills, steps, rules, shares) by the names of their
inputs.

A row's inputs are ``needs-3-skill``: the part, a number that only keeps the rows apart, and the field. Rows
within rows go on in the same way, ``relaxation-0-needs-1-skill``. Rows come back in the order of their
numbers; what is wrong is told by position, as :class:`hotline.domain.acd.settings.Problem` names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, StringField

from hotline.domain.acd.settings import (
    LIMITS,
    Problem,
    mix_of,
    needs_of,
    overflow_of,
    relaxation_of,
)
from hotline.domain.acd.spec import QueueSpec, Strategy
from hotline.store.queries.queues import QueueDetails
from webadmin.forms import Form, at_most, between, code_name, options, required, stripped
from webadmin.queues import words

Row = dict[str, Any]

_PARTS: Final = ("needs", "relaxation", "overflow", "mix")


def _number(name: str, label: Any, default: int) -> IntegerField:
    return IntegerField(label, [required(), between(*LIMITS[name])], default=default)


class QueueForm(Form):
    """The single values. ``code`` and ``organisation`` are asked for a new queue only."""

    code = StringField(_l("Code"), [required(), code_name()], filters=[stripped])
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])
    organisation = SelectField(_l("Organisation"))
    active = BooleanField(_l("Active"), default=True)
    strategy = SelectField(_l("Who is first among equals"), choices=options(words.STRATEGIES.items()))
    reserved_agents = _number("reserved_agents", _l("Agents kept free for this queue"), 0)
    ring_seconds = _number("ring_seconds", _l("Ring time"), 20)
    misses_until_busy = _number("misses_until_busy", _l("Misses until busy"), 1)
    no_answer_delay_seconds = _number("no_answer_delay_seconds", _l("Pause after no answer"), 0)
    busy_delay_seconds = _number("busy_delay_seconds", _l("Pause after a busy phone"), 5)
    refused_delay_seconds = _number("refused_delay_seconds", _l("Pause after a refusal"), 0)
    wrap_up_seconds = _number("wrap_up_seconds", _l("Wrap-up time"), 0)
    wrap_up_extensions = _number("wrap_up_extensions", _l("Prolongations of the wrap-up"), 0)
    wrap_up_extension_seconds = _number("wrap_up_extension_seconds", _l("Length of a prolongation"), 0)
    max_wait_seconds = _number("max_wait_seconds", _l("Longest wait"), 600)
    no_agents_seconds = _number("no_agents_seconds", _l("Wait while nobody is signed in"), 60)
    ageing_seconds = _number("ageing_seconds", _l("Waiting that weighs one point of priority"), 60)
    announce_seconds = IntegerField(_l("Position announced every"), [required(), between(0, 600)], default=30)
    whisper = BooleanField(_l("Tell the agent queue and wait"))
    announce_agent = BooleanField(_l("Tell the caller the agent's number"))
    service_level_seconds = IntegerField(
        _l("Answer in time within"), [required(), between(1, 600)], default=20
    )
    last_agent_minutes = _number("last_agent_minutes", _l("The last agent is remembered for"), 0)
    last_agent_seconds = _number("last_agent_seconds", _l("Wait for the last agent"), 0)
    return_minutes = _number("return_minutes", _l("Called again within"), 0)
    return_to = SelectField(_l("The caller gets"), choices=options(words.RETURNS.items()))
    max_waiting = _number("max_waiting", _l("Most callers in line"), 0)
    max_expected_wait_seconds = _number(
        "max_expected_wait_seconds", _l("Longest expected wait at the door"), 0
    )
    closing = SelectField(_l("Who waits still at closing time"), choices=options(words.CLOSINGS.items()))
    closing_prompt = SelectField(_l("Announcement at closing time"), validate_choice=False)
    callback_attempts = _number("callback_attempts", _l("Attempts"), 3)
    callback_retry_seconds = _number("callback_retry_seconds", _l("Pause between attempts"), 600)
    callback_expiry_seconds = _number("callback_expiry_seconds", _l("Given up after"), 28_800)


@dataclass
class Rows:
    """The rows as they were sent or stored, and what is wrong about them by position (``needs.0.skill``)."""

    needs: list[Row]
    relaxation: list[Row]
    overflow: list[Row]
    mix: list[Row]
    errors: dict[str, list[str]] = field(default_factory=dict)

    def add(self, problem: Problem) -> None:
        self.errors.setdefault(problem.field, []).append(words.problem_text(problem))

    def within(self, part: str) -> bool:
        """Whether something is wrong in this part."""
        return any(name.partition(".")[0] == part for name in self.errors)


def stored_rows(details: QueueDetails | None) -> Rows:
    """The rows of a queue; of a new one, one row that asks for a skill."""
    if details is None:
        return Rows([{"skill": "", "min_level": 1, "weight": 1}], [], [], [])
    data = details.as_data()
    return Rows(
        data["needs"],
        data["relaxation"],
        data["overflow"],
        [{"group": group, "percent": percent} for group, percent in data["mix"].items()],
    )


def sent_rows(sent: Mapping[str, str]) -> Rows:
    """The rows of a form that was sent; what is no number is kept, and told."""
    needs, relaxation, overflow, mix = (numbered_rows(sent, part) for part in _PARTS)
    rows = Rows(needs, relaxation, overflow, mix)
    for step in rows.relaxation:
        step["needs"] = numbered_rows(step, "needs")
    for rule in rows.overflow:
        rule["target"] = (rule.get(f"target-{rule.get('action')}") or "").strip()
    _numbers(rows, rows.needs, "needs", ("min_level", "weight"))
    _numbers(rows, rows.relaxation, "relaxation", ("after_seconds",))
    for place, step in enumerate(rows.relaxation):
        _numbers(rows, step["needs"], f"relaxation.{place}.needs", ("min_level", "weight"))
    _numbers(rows, rows.overflow, "overflow", ("limit",))
    _numbers(rows, rows.mix, "mix", ("percent",))
    return rows


def details_of(form: QueueForm, rows: Rows, given: Mapping[str, str]) -> QueueDetails:
    """What was asked for, once neither *form* nor *rows* has an error. *given* are the code and the
    organisation of a queue that is there.
    """
    values = {**form.data, **given}
    shares: dict[str, int] = {}
    for row in rows.mix:
        shares[row["group"]] = shares.get(row["group"], 0) + row["percent"]
    spec = QueueSpec(
        code=values["code"],
        name=values["name"],
        needs=needs_of(rows.needs),
        strategy=Strategy(values["strategy"]),
        mix=mix_of(shares),
        relaxation=relaxation_of(rows.relaxation),
        overflow=overflow_of(rows.overflow),
        closing=values["closing"],
        return_to=values["return_to"],
        **{name: values[name] for name in LIMITS},
    )
    return QueueDetails(
        spec=spec,
        organisation=values["organisation"],
        closing_prompt=values["closing_prompt"] or "" if values["closing"] == "prompt" else "",
        announce_seconds=values["announce_seconds"],
        whisper=values["whisper"],
        announce_agent=values["announce_agent"],
        service_level_seconds=values["service_level_seconds"],
        active=values["active"],
    )


def show_problems(form: QueueForm, rows: Rows, found: Iterable[Problem]) -> None:
    """Put each problem at its input, or at the rows that it is about."""
    for problem in found:
        if problem.field in form:
            form[problem.field].errors = [*form[problem.field].errors, words.problem_text(problem)]
        else:
            rows.add(problem)


def numbered_rows(sent: Mapping[str, Any], part: str) -> list[Row]:
    """The rows of *part* in the order of their numbers, each with its fields."""
    pattern = re.compile(rf"{part}-(\d{{1,4}})-(.+)", re.DOTALL)
    found: dict[int, Row] = {}
    for name, value in sent.items():
        match = pattern.fullmatch(name)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [found[number] for number in sorted(found)]


def _numbers(rows: Rows, part: list[Row], at: str, names: tuple[str, ...]) -> None:
    for place, row in enumerate(part):
        for name in names:
            text = str(row.get(name, "")).strip()
            if re.fullmatch(r"\d{1,6}", text):
                row[name] = int(text)
            else:
                rows.add(Problem(f"{at}.{place}.{name}", "not_a_number"))
