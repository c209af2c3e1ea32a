"""The matrix of agents and skills (技能矩阵): many levels changed at once, by keyboard or for all that are ticked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from hotline.domain.permissions import Permission
from hotline.store.queries import groups
from hotline.store.queries.agents import AgentFilter, agents_matching, details_of, may_grant, set_levels
from hotline.store.seats import Agent, Skill
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.guard import permission
from webadmin.identity import person
from webadmin.live.commands import announce
from webadmin.lookup import find
from webadmin.paging import paged

bp = Blueprint("skills_matrix", __name__, url_prefix="/skills/matrix")

_ROWS: Final = 60
_LEVEL: Final = re.compile(r"[0-9]?")
_PRIORITY: Final = re.compile(r"[1-9]")
# A seat's priority and levels, as the page knew them: "5 policy:6 systems:3".
Levels = tuple[int, dict[str, int]]


@bp.get("/")
@permission(Permission.AGENTS_VIEW)
def index() -> ResponseReturnValue:
    return _page({})


@bp.post("/")
@permission(Permission.AGENTS_EDIT)
def save() -> ResponseReturnValue:
    """Store the cells that differ from what the page showed; others may have changed the rest meanwhile."""
    wrong: dict[str, str] = {}
    wanted: dict[str, dict[str, int]] = {}
    for name, value in request.form.items():
        kind, number, skill = (*name.split("-", 2), "", "")[:3]
        if kind not in {"level", "priority"}:
            continue
        text = value.strip()
        if not (_LEVEL if kind == "level" else _PRIORITY).fullmatch(text):
            wrong[name] = text
            continue
        was = known_levels(request.form.get(f"was-{number}", ""))
        before = was[0] if kind == "priority" else was[1].get(skill, 0)
        if int(text or 0) != before:
            wanted.setdefault(number, {})[skill] = int(text or 0)
    if wrong:
        return _page(wrong), 422
    changed = _change_all(wanted)
    flash(_("%(n)s agents were changed.", n=changed), "success")
    return redirect(_back())


@bp.post("/bulk")
@permission(Permission.AGENTS_EDIT)
def bulk() -> ResponseReturnValue:
    """Give all agents that are ticked one level in one skill; 0 takes the skill away."""
    numbers, level = request.form.getlist("agent"), request.form.get("bulk-level", "")
    skill = request.form.get("bulk-skill", "")
    if not numbers or not re.fullmatch(r"[0-9]", level) or not skill:
        flash(_("Tick agents, and choose a skill and a level."), "error")
    else:
        find(Skill, skill)
        changed = _change_all({number: {skill: int(level)} for number in numbers})
        flash(_("%(n)s agents were changed.", n=changed), "success")
    return redirect(_back())


def _back() -> str:
    """The page as it was filtered."""
    filters: dict[str, Any] = request.args.to_dict()
    return url_for("skills_matrix.index", **filters)


def known_levels(text: str) -> Levels:
    """What the page showed of a seat, as it comes back with the form."""
    priority, *pairs = text.split() or ["0"]
    levels = dict(pair.split(":", 1) for pair in pairs if ":" in pair)
    return int(priority) if priority.isdigit() else 0, {
        code: int(level) for code, level in levels.items() if level.isdigit()
    }


def _change_all(wanted: Mapping[str, Mapping[str, int]]) -> int:
    """Apply levels by agent and skill (``""`` is the priority) in one transaction; how many agents changed."""

    def work(db: Session) -> int:
        return sum(_change_one(db, number, cells) for number, cells in wanted.items())

    changed = change(work) if wanted else 0
    if changed:
        announce("agents")
    return changed


def _change_one(db: Session, number: str, cells: Mapping[str, int]) -> bool:
    agent = find(Agent, number, db=db)
    if not _may_change()(agent):
        raise NotFound
    before = details_of(agent)
    skills = dict(before.skills)
    for skill, level in cells.items():
        if skill and level:
            skills[skill] = level
        elif skill:
            skills.pop(skill, None)
    priority = cells.get("", before.priority)
    if (priority, skills) == (before.priority, dict(before.skills)):
        return False
    set_levels(db, agent, priority, skills)
    audit(
        db,
        "agent.skills",
        "agent",
        number,
        skills=[dict(before.skills), skills],
        priority=[before.priority, priority],
    )
    return True


def _may_change() -> Callable[[Agent], bool]:
    """Nobody changes the seat of somebody who may do more; as on the page of the seat itself."""
    me = person()
    return lambda agent: may_grant(me.permissions, me.scope.kind, agent.user.role)


def _page(wrong: Mapping[str, str]) -> str:
    wanted = AgentFilter(
        text=request.args.get("q", "").strip(),
        group=request.args.get("group", ""),
        skill=request.args.get("skill", ""),
        active=True,
    )
    scope = person().scope
    page = paged(session(), agents_matching(scope, wanted), size=_ROWS)
    return render_template(
        "skills/matrix.html",
        page=page,
        rows=[
            (agent, {held.skill.code: held.level for held in agent.skills}, _may_change()(agent))
            for agent in page.rows
        ],
        wanted=wanted,
        groups=groups.groups(session(), scope),
        skills=groups.skills(session()),
        sent=request.form if wrong else {},
        wrong=wrong,
    )
