"""The navigation on the left: what is where, and who sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from hotline.domain.permissions import Permission
from webadmin.identity import person_or_none


@dataclass(frozen=True, slots=True)
class Entry:
    """A page set: the endpoint of its first page, its name, a Bootstrap icon, and the right to see it."""

    endpoint: str
    title: LazyString
    icon: str
    permission: Permission | None = None


@dataclass(frozen=True, slots=True)
class Section:
    title: LazyString
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is shown."""

    url: str
    title: LazyString
    icon: str
    active: bool


MENU: Final = (
    Section(
        _l("Service"),
        (
            Entry("home.index", _l("Dashboard"), "speedometer2"),
            Entry("live.index", _l("Live monitoring"), "broadcast", Permission.LIVE_VIEW),
            Entry("emergency.index", _l("Emergency closing"), "sign-stop", Permission.EMERGENCY_SWITCH),
        ),
    ),
    Section(
        _l("Calls"),
        (
            Entry("calls.index", _l("Call history"), "telephone-inbound", Permission.CALLS_VIEW),
            Entry("messages.index", _l("Voice messages"), "voicemail", Permission.RECORDINGS_LISTEN),
            Entry("callbacks.index", _l("Callbacks"), "telephone-outbound", Permission.CALLBACKS_VIEW),
            Entry("lists.index", _l("Caller lists"), "person-lines-fill", Permission.LISTS_VIEW),
            Entry("replays.index", _l("Routing replay"), "skip-backward-circle", Permission.QUEUES_EDIT),
            Entry("records.index", _l("Switch records"), "hdd-network", Permission.RECORDS_VIEW),
        ),
    ),
    Section(
        _l("Seats"),
        (
            Entry("agents.index", _l("Agents"), "headset", Permission.AGENTS_VIEW),
            Entry("groups.index", _l("Agent groups"), "people", Permission.AGENTS_VIEW),
            Entry("queues.index", _l("Queues"), "diagram-3", Permission.AGENTS_VIEW),
            Entry("skills.index", _l("Skills"), "mortarboard", Permission.AGENTS_VIEW),
        ),
    ),
    Section(
        _l("Voice menu"),
        (
            Entry("flows.index", _l("IVR flows"), "signpost-split", Permission.FLOWS_VIEW),
            Entry("routing.index", _l("Smart routing"), "shuffle", Permission.ROUTING_VIEW),
            Entry("prompts.index", _l("Prompts"), "file-earmark-music", Permission.PROMPTS_VIEW),
            Entry("sources.index", _l("Data sources"), "database", Permission.SOURCES_EDIT),
            Entry("calendar.index", _l("Working hours"), "calendar-week", Permission.FLOWS_VIEW),
        ),
    ),
    Section(
        _l("System"),
        (
            Entry("users.index", _l("Users and roles"), "person-gear", Permission.USERS_VIEW),
            Entry("tokens.index", _l("API tokens"), "key", Permission.TOKENS_OWN),
            Entry("audit.index", _l("Operation log"), "journal-text", Permission.AUDIT_VIEW),
        ),
    ),
)


def menu() -> list[tuple[LazyString, list[Link]]]:
    """The sections and links that the current person may use."""
    person = person_or_none()
    if person is None:
        return []
    # A large page set has several blueprints: flows, flows_editor and so on.
    here = (request.endpoint or "").split(".")[0].split("_")[0]
    shown = []
    for section in MENU:
        links = [
            Link(url_for(entry.endpoint), entry.title, entry.icon, entry.endpoint.split(".")[0] == here)
            for entry in section.entries
            if entry.endpoint in current_app.view_functions
            and (entry.permission is None or person.can(entry.permission))
        ]
        if links:
            shown.append((section.title, links))
    return shown
