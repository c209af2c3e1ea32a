"""What is wrong with flows and smart routing at the moment, for the people who can do something about it.

All of it is read from the database, so that whoever comes later sees it as well; it goes away when its cause does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _

from hotline.domain.permissions import Permission
from hotline.store.base import from_epoch
from hotline.store.queries.flows import flows_within
from hotline.store.queries.routing import failing, scripts_within
from hotline.store.queries.versions import not_published
from webadmin.database import session
from webadmin.flows.opened import FLOWS
from webadmin.formats import clock_time
from webadmin.identity import person
from webadmin.routing.opened import SCRIPTS
from webadmin.services import services
from webadmin.versions import Kind

_RECENT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Alarm:
    """``title`` of what it is about, ``text`` is what is wrong, ``more`` why; ``url`` leads to the remedy."""

    title: str
    text: str
    more: str
    url: str


def current() -> list[Alarm]:
    """The alarms that concern the person."""
    me, found = person(), []
    if me.can(Permission.FLOWS_VIEW):
        found += _not_published(FLOWS, flows_within(me.scope))
    if me.can(Permission.ROUTING_VIEW):
        found += _not_published(SCRIPTS, scripts_within(me.scope))
        found += _failing(from_epoch(services().clock()) - _RECENT)
    return found


def _not_published(kind: Kind[Any], within: Any) -> list[Alarm]:
    alarms = []
    for document, version in not_published(session(), kind.model, within):
        reasons = " ".join(str(reason) for reason in kind.reasons(version))
        text = _("Version %(n)s was not published as planned.", n=version.number)
        url = kind.url("show", document.code, version=version.number)
        alarms.append(Alarm(f"{kind.title} · {document.name}", text, reasons, url))
    return alarms


def _failing(since: datetime) -> list[Alarm]:
    alarms = []
    for one in failing(session(), scripts_within(person().scope), since):
        text = _(
            "%(n)s decisions failed within the last hour; these calls went the flow's own way.",
            n=one.failures,
        )
        more = _("The last one at %(time)s.", time=clock_time(one.last))
        url = url_for("routing.show", code=one.script.code, version=one.script.published_version)
        alarms.append(Alarm(f"{SCRIPTS.title} · {one.script.name}", text, more, url))
    return alarms
