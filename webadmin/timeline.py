"""One call's journal in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hotline.domain import journal as kinds
from hotline.store.calls import JournalEntry
from webadmin.explain import ways
from webadmin.explain.decision import Explanation, explained
from webadmin.explain.names import Names
from webadmin.explain.words import CONDITIONS, LEFT_QUEUE, OFFER_ENDS, word
from webadmin.flows.words import TYPES
from webadmin.formats import milliseconds, seconds_words
from webadmin.labels import label


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline. ``why`` is set for a routing decision, and for the agent of a callback; ``call`` is
    another call, in which it happened.
    """

    at: datetime
    icon: str
    colour: str
    title: str
    detail: str = ""
    why: Explanation | None = None
    call: str = ""


_COLLECTED: Final[dict[str, LazyString]] = {
    "timeout": _l("The caller pressed nothing"),
    "partial": _l("The caller stopped keying"),
}

Tell = Callable[[JournalEntry, Names], tuple[str, str, str, str]]


# What leads from a call to the one that answers it, and back.
_LEADS_TO: Final = {kinds.CALLBACK_ASKED, kinds.CALLBACK_REACHED}


def told(entries: Sequence[JournalEntry], names: Names, of: str = "") -> list[Step]:
    """The entries in words, as those *of* one call see them. Kinds that say nothing to people are left out."""
    steps = []
    for entry in entries:
        if entry.kind == kinds.ROUTING_DECIDED:
            steps.append(_decision(entry, names))
        elif entry.kind in _TELL:
            icon, colour, title, detail = _TELL[entry.kind](entry, names)
            why = explained(entry.data["decision"], names) if "decision" in entry.data else None
            elsewhere = entry.kind in _LEADS_TO and entry.interaction_id != of
            call = (entry.interaction_id or "") if elsewhere else ""
            steps.append(Step(entry.at, icon, colour, title, detail, why, call))
    return steps


def _decision(entry: JournalEntry, names: Names) -> Step:
    found = explained(entry.data, names)
    return Step(entry.at, "signpost-split", "purple", found.title, found.detail, found)


def _started(entry: JournalEntry, _names: Names) -> tuple[str, str, str, str]:
    data = entry.data
    who = {"caller": data.get("caller"), "called": data.get("called")}
    if data.get("direction") == "callback":
        return "telephone-outbound", "blue", _("%(called)s calls %(caller)s back", **who), ""
    title = _("%(caller)s calls %(called)s", **who)
    name = str(data.get("caller_name") or "")
    return "telephone-inbound", "blue", title, "" if name == data.get("caller") else name


def _entered(entry: JournalEntry, names: Names) -> tuple[str, str, str, str]:
    node = str(entry.data.get("node"))
    known = TYPES.get(names.nodes.get(node, ""))
    if known is None:
        return "signpost", "azure", _("Reached a node of the flow"), node
    name, _does, icon, colour = known
    return icon, colour, _("Flow: %(step)s", step=name), node


def _collected(entry: JournalEntry, _names: Names) -> tuple[str, str, str, str]:
    outcome = str(entry.data.get("outcome"))
    if outcome in _COLLECTED:
        return "slash-circle", "secondary", str(_COLLECTED[outcome]), ""
    return "grid-3x3-gap", "azure", _("The caller pressed %(digits)s", digits=entry.data.get("digits")), ""


def _queued(entry: JournalEntry, names: Names) -> tuple[str, str, str, str]:
    title = _("Waits in queue %(queue)s", queue=names.queue(entry.queue_code))
    position, agent = entry.data.get("position"), entry.agent_number
    parts = (
        _("Position %(n)s", n=position) if position else "",
        _("for agent %(agent)s", agent=names.agent(agent)) if agent else "",
        ways.priority(entry.data) if entry.data.get("priority") else "",
        *ways.by_lists(entry.data),
    )
    return "hourglass-split", "orange", title, " · ".join(part for part in parts if part)


def _dequeued(entry: JournalEntry, names: Names) -> tuple[str, str, str, str]:
    title = _("Left queue %(queue)s", queue=names.queue(entry.queue_code))
    data = entry.data
    parts = [
        word(LEFT_QUEUE, data.get("outcome")),
        str(data.get("target") or ""),
        word(CONDITIONS, data["rule"]) if data.get("rule") else "",
        _("after %(time)s", time=milliseconds(data.get("wait_ms"))),
    ]
    return "hourglass-bottom", "orange", title, " · ".join(part for part in parts if part)


def _offered(entry: JournalEntry, names: Names) -> tuple[str, str, str, str]:
    title = _("Rings at agent %(agent)s", agent=names.agent(entry.agent_number))
    detail = _(
        "Extension %(extension)s, at most %(time)s",
        extension=entry.data.get("extension"),
        time=seconds_words(entry.data.get("ring_seconds")),
    )
    return "bell", "yellow", title, detail


def _offer_ended(entry: JournalEntry, names: Names) -> tuple[str, str, str, str]:
    outcome = str(entry.data.get("outcome"))
    words = word(OFFER_ENDS, outcome)
    title = _("Ringing at agent %(agent)s ended: %(how)s", agent=names.agent(entry.agent_number), how=words)
    ring = entry.data.get("ring_ms")
    return (
        "bell-slash",
        "secondary",
        title,
        _("after %(time)s", time=milliseconds(ring)) if ring is not None else "",
    )


def _connected(entry: JournalEntry, names: Names) -> tuple[str, str, str, str]:
    title = _("Talks with agent %(agent)s", agent=names.agent(entry.agent_number))
    wait = entry.data.get("wait_ms")
    return (
        "headset",
        "green",
        title,
        _("waited %(time)s", time=milliseconds(wait)) if wait is not None else "",
    )


def _disconnected(entry: JournalEntry, _names: Names) -> tuple[str, str, str, str]:
    side = label("side", entry.data.get("side"))
    talk = entry.data.get("talk_ms")
    title = _("Talk ended by: %(side)s", side=side)
    return (
        "telephone-minus",
        "green",
        title,
        _("talked %(time)s", time=milliseconds(talk)) if talk is not None else "",
    )


def _marked(entry: JournalEntry, _names: Names) -> tuple[str, str, str, str]:
    return "star", "teal", _("Survey: %(mark)s", mark=label("mark", entry.data.get("mark"))), ""


def _voicemail(entry: JournalEntry, _names: Names) -> tuple[str, str, str, str]:
    return "voicemail", "purple", _("Left a voice message"), milliseconds(entry.data.get("duration_ms"))


def _ended(entry: JournalEntry, _names: Names) -> tuple[str, str, str, str]:
    side, outcome = label("side", entry.data.get("side")), label("outcome", entry.data.get("outcome"))
    return (
        "telephone-x",
        "secondary",
        _("Call ended by: %(side)s", side=side),
        f"{outcome} · {entry.data.get('cause')}",
    )


def _plain(icon: str, colour: str, title: LazyString, *detail: str) -> Tell:
    def tell(entry: JournalEntry, _names: Names) -> tuple[str, str, str, str]:
        values = [str(entry.data[key]) for key in detail if entry.data.get(key) is not None]
        return icon, colour, str(title), " · ".join(values)

    return tell


def _data(entry: JournalEntry, _names: Names) -> tuple[str, str, str, str]:
    values = entry.data.get("values") or {}
    return "tag", "secondary", _("Attached data"), ", ".join(f"{k} = {v}" for k, v in values.items())


def _retrieved(entry: JournalEntry, _names: Names) -> tuple[str, str, str, str]:
    return "play-circle", "secondary", _("Taken from hold"), milliseconds(entry.data.get("held_ms"))


_TELL: Final[dict[str, Tell]] = {
    kinds.CALL_STARTED: _started,
    kinds.CALL_ANSWERED: _plain("telephone", "blue", _l("Answered by the voice menu")),
    kinds.CALL_RESUMED: _plain(
        "arrow-repeat", "orange", _l("Taken over by the standby handler"), "node", "handler"
    ),
    kinds.CALL_QUEUED: _queued,
    kinds.CALL_DEQUEUED: _dequeued,
    kinds.CALL_CONNECTED: _connected,
    kinds.CALL_DISCONNECTED: _disconnected,
    kinds.CALL_HELD: _plain("pause-circle", "secondary", _l("Put on hold")),
    kinds.CALL_RETRIEVED: _retrieved,
    kinds.CALL_DATA: _data,
    kinds.CALL_ENDED: _ended,
    kinds.IVR_ENTERED: _entered,
    kinds.IVR_COLLECTED: _collected,
    kinds.OFFER_MADE: _offered,
    kinds.OFFER_ENDED: _offer_ended,
    kinds.RECORDING_STARTED: _plain("record-circle", "red", _l("Recording began")),
    kinds.RECORDING_ENDED: _plain("stop-circle", "secondary", _l("Recording ended")),
    kinds.SURVEY_MARKED: _marked,
    kinds.VOICEMAIL_LEFT: _voicemail,
    **ways.TELL,
}
