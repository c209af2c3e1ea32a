"""One way to look a row up: found and within the person's scope, or 404."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from werkzeug.exceptions import NotFound

from hotline.store import models
from hotline.store.queries import access
from hotline.store.queries.access import Scope
from hotline.store.queries.callbacks import callbacks_within
from hotline.store.queries.flows import flows_within
from hotline.store.queries.lists import entries_within
from hotline.store.queries.routing import scripts_within
from webadmin.database import session
from webadmin.identity import person

Row = TypeVar("Row")
Within = Callable[[Scope], ColumnElement[bool]]

# Model -> the column that addresses a row in a URL, and which rows a scope reaches.
RULES: Final[dict[type[Any], tuple[InstrumentedAttribute[Any], Within]]] = {
    models.Agent: (models.Agent.number, access.agents_within),
    models.Group: (models.Group.code, access.groups_within),
    models.Queue: (models.Queue.code, access.queues_within),
    models.User: (models.User.login, access.users_within),
    models.Call: (models.Call.interaction_id, access.calls_within),
    models.Recording: (models.Recording.id, access.recordings_within),
    models.VoiceMessage: (models.VoiceMessage.id, access.voice_messages_within),
    models.Skill: (models.Skill.code, access.everything),
    models.CallerEntry: (models.CallerEntry.id, entries_within),
    models.Callback: (models.Callback.ticket, callbacks_within),
    models.Flow: (models.Flow.code, flows_within),
    models.DataSource: (models.DataSource.code, access.everything),
    models.RoutingScript: (models.RoutingScript.code, scripts_within),
    models.Role: (models.Role.code, access.everything),
}

# The largest number that a database takes.
_LARGEST_ID: Final = 2**63 - 1


def find(model: type[Row], key: object, *, db: Session | None = None) -> Row:
    """The row of *model* with this *key*, looked up in *db* (the request's session by default).

    Raises 404 alike for what does not exist and for what belongs to others, so that nobody learns of it.
    """
    column, within = RULES[model]
    if isinstance(key, int) and key > _LARGEST_ID:
        raise NotFound
    statement = select(model).where(column == key, within(person().scope))
    row = (db or session()).execute(statement).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row
