"""The dashboard: what is wrong, and today in numbers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from hotline.domain.permissions import Permission
from hotline.store.queries.history import CallFilter, Hour, by_hour, calls_matching, figures
from webadmin.alarms import current
from webadmin.database import session
from webadmin.formats import local
from webadmin.guard import signed_in
from webadmin.identity import person
from webadmin.labels import label
from webadmin.periods import day_start, today
from webadmin.services import services
from webadmin.views.calls import names_in

bp = Blueprint("home", __name__)

# The order in which the chart stacks them, and their colours.
_SERIES = (
    ("served", "#2f8a4c"),
    ("self_service", "#5aa9e6"),
    ("voicemail", "#9b72cf"),
    ("abandoned", "#d9534f"),
    ("overflowed", "#e8a33d"),
    ("callback", "#3fb6b2"),
    ("refused", "#6b7280"),
    ("failed", "#8a2f2f"),
)
_LATEST = 8


@bp.get("/")
@signed_in
def index() -> ResponseReturnValue:
    me, db = person(), session()
    since, until = day_start(today()), day_start(today(), after=1)
    live = services().mirror.snapshot()
    latest = []
    if me.can(Permission.CALLS_VIEW):
        latest = list(db.scalars(calls_matching(me.scope, CallFilter()).limit(_LATEST)))
    return render_template(
        "home/index.html",
        figures=figures(db, me.scope, since, until),
        chart=_chart(by_hour(db, me.scope, since, 24)),
        latest=latest,
        names=names_in(me.scope),
        waiting=sum(queue.waiting for queue in live.queues) if live else None,
        day=today(),
        alarms=current(),
    )


def _chart(hours: list[Hour]) -> dict[str, Any]:
    """What the chart shows: the hours from 8 to 18, and more where there were calls."""
    busy = [n for n, hour in enumerate(hours) if hour.counts]
    first, last = min([8, *busy]), max([18, *busy])
    shown = hours[first : last + 1]
    return {
        "hours": [f"{local(hour.begins).hour}:00" for hour in shown],
        "series": [
            {
                "name": label("outcome", outcome),
                "colour": colour,
                "values": [hour.counts.get(outcome, 0) for hour in shown],
            }
            for outcome, colour in _SERIES
        ],
        "empty": not busy,
    }
