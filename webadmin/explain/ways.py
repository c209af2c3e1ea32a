"""What moved a caller besides the search for an agent: scripts and rule tables, lists, overflow, callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask_babel import gettext as _

from hotline.domain import journal as kinds
from hotline.store.calls import JournalEntry
from webadmin.explain.names import Names
from webadmin.explain.words import CALLBACK_ENDS, CONDITIONS, PASSED, word
from webadmin.formats import clock_time
from webadmin.labels import label

Told = tuple[str, str, str, str]
"""Icon, colour, title, detail."""


def script_decided(entry: JournalEntry, names: Names) -> Told:
    """Which script or row of a rule table decided, and what came of it."""
    data = entry.data
    table = data.get("kind_of_script") == "rules"
    named = {"name": data.get("script"), "version": data.get("version")}
    if data.get("outcome") == "failed":
        title = (
            _("Rule table %(name)s (version %(version)s) failed; the usual way was taken", **named)
            if table
            else _("Script %(name)s (version %(version)s) failed; the usual way was taken", **named)
        )
        line = data.get("error_line")
        where = _("line %(n)s", n=line) if line else ""
        return "exclamation-triangle", "red", title, _listed(str(data.get("error") or ""), where)
    title = (
        _(
            "Rule table %(name)s (version %(version)s) decided: %(target)s",
            target=_target(data, names),
            **named,
        )
        if table
        else _(
            "Script %(name)s (version %(version)s) decided: %(target)s", target=_target(data, names), **named
        )
    )
    return "code-slash", "purple", title, _listed(_where(data, table=table), priority(data), _used(data))


def _target(data: Mapping[str, Any], names: Names) -> str:
    kind, _colon, value = str(data.get("target") or "").partition(":")
    say = _TARGETS.get(kind)
    return say(value, names) if say is not None else str(data.get("target") or _("the usual way"))


_TARGETS: Final[dict[str, Callable[[str, Names], str]]] = {
    "queue": lambda value, names: _("queue %(queue)s", queue=names.queue(value)),
    "agent": lambda value, names: _("agent %(agent)s", agent=names.agent(value)),
    "number": lambda value, _names: _("number %(number)s", number=value),
    "label": lambda value, _names: _("way “%(way)s” of the flow", way=value),
}


def _where(data: Mapping[str, Any], *, table: bool) -> str:
    if table:
        row = data.get("row")
        return _("row %(n)s applied", n=row) if row else _("no row applied")
    return _("line %(n)s", n=data["line"]) if data.get("line") else ""


def priority(data: Mapping[str, Any]) -> str:
    return _("priority %(n)s", n=data["priority"]) if data.get("priority") is not None else ""


def _used(data: Mapping[str, Any]) -> str:
    """The facts that were looked at."""
    used = data.get("used")
    if isinstance(used, Mapping):
        return _(", ").join(f"{name} = {value}" for name, value in used.items())
    return ""


def overflowed(entry: JournalEntry, names: Names) -> Told:
    data = entry.data
    title = _(
        "Moved from queue %(before)s to queue %(after)s",
        before=names.queue(data.get("before")),
        after=names.queue(data.get("after")),
    )
    return (
        "arrow-left-right",
        "orange",
        title,
        _("Overflow rule: %(rule)s", rule=word(CONDITIONS, data.get("rule"))),
    )


def _refused(_entry: JournalEntry, _names: Names) -> Told:
    return "telephone-x", "red", _("Turned away: the caller is on the blacklist"), ""


def _admitted(entry: JournalEntry, _names: Names) -> Told:
    return "door-open", "green", _("Let in by the white list"), word(PASSED, entry.data.get("despite"))


def _came_back(entry: JournalEntry, names: Names) -> Told:
    if entry.agent_number:
        title = _(
            "Came back after giving up: waits for agent %(agent)s again",
            agent=names.agent(entry.agent_number),
        )
        return "arrow-return-left", "teal", title, ""
    since = entry.data.get("queued_at")
    detail = _("in line as if since %(time)s", time=clock_time(since)) if since else ""
    return "arrow-return-left", "teal", _("Came back after giving up: has the old place again"), detail


def by_lists(data: Mapping[str, Any]) -> tuple[str, ...]:
    """What the lists of callers did for one who joins a queue."""
    white, bonus = data.get("list") == "white", data.get("bonus")
    return (
        _("VIP list: priority %(n)s higher", n=bonus) if bonus else "",
        _("white list: let in however many wait") if white else "",
    )


def _asked(entry: JournalEntry, _names: Names) -> Told:
    title = _("Asked to be called back at %(number)s", number=entry.data.get("number"))
    expires = entry.data.get("expires_at")
    return "telephone-plus", "teal", title, _("until %(time)s", time=clock_time(expires)) if expires else ""


def _dialled(entry: JournalEntry, names: Names) -> Told:
    title = _("The customer is called back at %(number)s", number=entry.data.get("number"))
    attempt = _("attempt %(n)s", n=entry.data.get("attempt"))
    return "telephone-outbound", "teal", title, _listed(attempt, names.agent(entry.agent_number))


def _failed(entry: JournalEntry, _names: Names) -> Told:
    how = label("attempt", entry.data.get("outcome"))
    return "telephone-minus", "secondary", _("The customer was not reached"), how


def _reached(_entry: JournalEntry, _names: Names) -> Told:
    return "telephone-forward", "teal", _("The customer answered the call back"), ""


def _postponed(entry: JournalEntry, _names: Names) -> Told:
    until = entry.data.get("until")
    return (
        "clock",
        "secondary",
        _("The callback is tried again later"),
        _("from %(time)s", time=clock_time(until)),
    )


def _renumbered(entry: JournalEntry, _names: Names) -> Told:
    data = entry.data
    title = _("To be called at %(number)s instead", number=data.get("number"))
    return "pencil", "secondary", title, _by(data, before=str(data.get("before") or ""))


def _hurried(entry: JournalEntry, _names: Names) -> Told:
    return "lightning", "orange", _("To be called as soon as an agent is free"), _by(entry.data)


def _by(data: Mapping[str, Any], *, before: str = "") -> str:
    return _listed(
        _("before: %(value)s", value=before) if before else "", _("by %(who)s", who=data.get("by"))
    )


def _settled(entry: JournalEntry, _names: Names) -> Told:
    how = word(CALLBACK_ENDS, entry.data.get("outcome"))
    return "check2-circle", "teal", _("The callback is settled: %(how)s", how=how), ""


def _listed(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


TELL: Final[dict[str, Callable[[JournalEntry, Names], Told]]] = {
    kinds.ROUTING_SCRIPT: script_decided,
    kinds.CALL_MOVED: overflowed,
    kinds.CALL_REFUSED: _refused,
    kinds.CALL_ADMITTED: _admitted,
    kinds.CALL_CAME_BACK: _came_back,
    kinds.CALLBACK_ASKED: _asked,
    kinds.CALLBACK_DIALLED: _dialled,
    kinds.CALLBACK_FAILED: _failed,
    kinds.CALLBACK_REACHED: _reached,
    kinds.CALLBACK_POSTPONED: _postponed,
    kinds.CALLBACK_RENUMBERED: _renumbered,
    kinds.CALLBACK_HURRIED: _hurried,
    kinds.CALLBACK_SETTLED: _settled,
}
