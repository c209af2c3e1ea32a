"""What a role may allow, and how far a role reaches. Routes, roles and pages name these and nothing else."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """One right of the console and the REST interface: the area, a dot, and what may be done there."""

    LIVE_VIEW = "live.view"
    LIVE_CONTROL = "live.control"
    AGENTS_VIEW = "agents.view"
    AGENTS_EDIT = "agents.edit"
    GROUPS_EDIT = "groups.edit"
    QUEUES_EDIT = "queues.edit"
    LISTS_VIEW = "lists.view"
    LISTS_EDIT = "lists.edit"
    CALLBACKS_VIEW = "callbacks.view"
    CALLBACKS_EDIT = "callbacks.edit"
    EMERGENCY_SWITCH = "emergency.switch"
    FLOWS_VIEW = "flows.view"
    FLOWS_EDIT = "flows.edit"
    FLOWS_PUBLISH = "flows.publish"
    ROUTING_VIEW = "routing.view"
    ROUTING_EDIT = "routing.edit"
    ROUTING_PUBLISH = "routing.publish"
    SOURCES_EDIT = "sources.edit"
    PROMPTS_VIEW = "prompts.view"
    PROMPTS_EDIT = "prompts.edit"
    CALLS_VIEW = "calls.view"
    RECORDINGS_LISTEN = "recordings.listen"
    RECORDINGS_DOWNLOAD = "recordings.download"
    RECORDS_VIEW = "records.view"
    RECORDS_IMPORT = "records.import"
    USERS_VIEW = "users.view"
    USERS_EDIT = "users.edit"
    SETTINGS_EDIT = "settings.edit"
    TOKENS_OWN = "tokens.own"
    AUDIT_VIEW = "audit.view"
    SOFTPHONE_USE = "softphone.use"


class Scope(StrEnum):
    """Which rows a role's permissions apply to, widest first.

    ``organisation`` takes in the organisations below one's own; ``group`` is the agents of one's own group.
    """

    ALL = "all"
    ORGANISATION = "organisation"
    GROUP = "group"
    SELF = "self"


_P = Permission
_AGENT: Final = frozenset({_P.SOFTPHONE_USE, _P.CALLS_VIEW, _P.RECORDINGS_LISTEN, _P.TOKENS_OWN})
_DEPUTY: Final = _AGENT | {
    _P.LIVE_VIEW,
    _P.LIVE_CONTROL,
    _P.AGENTS_VIEW,
    _P.LISTS_VIEW,
    _P.CALLBACKS_VIEW,
    _P.CALLBACKS_EDIT,
}
_LEAD: Final = _DEPUTY | {
    _P.AGENTS_EDIT,
    _P.GROUPS_EDIT,
    _P.QUEUES_EDIT,
    _P.LISTS_EDIT,
    _P.EMERGENCY_SWITCH,
    _P.FLOWS_VIEW,
    _P.FLOWS_EDIT,
    _P.FLOWS_PUBLISH,
    _P.ROUTING_VIEW,
    _P.ROUTING_EDIT,
    _P.ROUTING_PUBLISH,
    _P.PROMPTS_VIEW,
    _P.PROMPTS_EDIT,
    _P.RECORDINGS_DOWNLOAD,
    _P.RECORDS_VIEW,
    _P.AUDIT_VIEW,
}

# The posts that a new installation begins with: code -> (scope, permissions). Administrators may change them.
POSTS: Final[dict[str, tuple[Scope, frozenset[Permission]]]] = {
    "admin": (Scope.ALL, frozenset(Permission)),
    "lead": (Scope.ORGANISATION, _LEAD),
    "deputy": (Scope.GROUP, _DEPUTY),
    "information": (
        Scope.ORGANISATION,
        _AGENT
        | {
            _P.FLOWS_VIEW,
            _P.FLOWS_EDIT,
            _P.ROUTING_VIEW,
            _P.ROUTING_EDIT,
            _P.PROMPTS_VIEW,
            _P.PROMPTS_EDIT,
            _P.RECORDS_VIEW,
            _P.RECORDS_IMPORT,
        },
    ),
    "qa": (
        Scope.ORGANISATION,
        frozenset({_P.LIVE_VIEW, _P.AGENTS_VIEW, _P.CALLS_VIEW, _P.RECORDINGS_LISTEN, _P.TOKENS_OWN}),
    ),
    "agent": (Scope.SELF, _AGENT),
}
