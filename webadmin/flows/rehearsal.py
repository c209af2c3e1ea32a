"""A call through a flow without a telephone: what the caller hears, and what may happen next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hotline.domain.ivr.commands import (
    Collect,
    Command,
    Decide,
    Enqueue,
    Hangup,
    LookUp,
    Play,
    Prompt,
    RecordMessage,
    RequestCallback,
    Say,
    Transfer,
)
from hotline.domain.ivr.events import (
    CallbackTaken,
    Collected,
    Decided,
    Event,
    LookedUp,
    Played,
    QueueLeft,
    Recorded,
    Transferred,
)
from webadmin.flows.outline import Names, Spoken
from webadmin.flows.words import SAYABLE, option_name


@dataclass(frozen=True, slots=True)
class Scene:
    """What goes on: its ``name``, what is heard, details, and the answers that can be given (code -> words).

    ``kind``: ``key`` where the caller may press one, ``digits`` where several; ``end`` when the call is over.
    """

    kind: str
    name: str
    heard: tuple[Spoken, ...]
    facts: tuple[tuple[str, str], ...]
    answers: Mapping[str, LazyString]

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "name": self.name,
            "heard": [asdict(item) for item in self.heard],
            "facts": self.facts,
            "answers": [[code, str(words)] for code, words in self.answers.items()],
        }


_QUEUE: Final[Mapping[str, tuple[LazyString, Event]]] = {
    "served": (_l("They talk; the agent hangs up first"), QueueLeft("served", "agent")),
    "caller": (_l("They talk; the caller hangs up first"), QueueLeft("served", "caller")),
    "agent_gone": (_l("The agent's line breaks"), QueueLeft("agent_gone", "system")),
    "timeout": (_l("The wait is too long"), QueueLeft("timeout")),
    "overflow": (_l("The queue is full"), QueueLeft("overflow")),
    "no_agents": (_l("Nobody is signed in"), QueueLeft("no_agents")),
    "closed": (_l("Working hours end while the caller waits"), QueueLeft("closed")),
    "emergency": (_l("The hotline is closed for an emergency"), QueueLeft("emergency")),
    "callback": (_l("The caller wants to be called back"), QueueLeft("callback")),
}
_VOICEMAIL: Final = (_l("The caller wants to leave a message"), QueueLeft("voicemail"))
_RECORD: Final[Mapping[str, tuple[LazyString, Event]]] = {
    "recorded": (_l("The caller leaves a message"), Recorded("recorded", "rehearsal", 10.0)),
    "empty": (_l("The caller says nothing"), Recorded("empty")),
    "failed": (_l("The recording fails"), Recorded("failed")),
}
_TRANSFER: Final[Mapping[str, tuple[LazyString, Event]]] = {
    "connected": (_l("They talk, and the other side hangs up"), Transferred("connected")),
    "no_answer": (_l("Nobody answers"), Transferred("no_answer")),
    "busy": (_l("The line is busy"), Transferred("busy")),
    "failed": (_l("It fails"), Transferred("failed")),
}
_CALLBACK: Final[Mapping[str, tuple[LazyString, Event]]] = {
    "taken": (_l("The callback is noted"), CallbackTaken("taken")),
    "refused": (_l("This number is not called back"), CallbackTaken("refused")),
    "failed": (_l("It fails"), CallbackTaken("failed")),
}
_LOOK_UP: Final[Mapping[str, tuple[LazyString, Event]]] = {
    "found": (_l("Something is found"), LookedUp("found")),
    "not_found": (_l("Nothing is found"), LookedUp("not_found")),
    "failed": (_l("It fails"), LookedUp("failed")),
}
_DECIDE: Final[Mapping[str, tuple[LazyString, Event]]] = {
    "decided": (_l("The script names no target"), Decided("decided")),
    "failed": (_l("It fails"), Decided("failed")),
}
_PLAYED: Final[Mapping[str, tuple[LazyString, Event]]] = {"played": (_l("Heard to the end"), Played())}
_SILENCE: Final = (_l("The caller does nothing"), Collected("", "timeout"))
_ANSWERS: Final = {
    "play": _PLAYED,
    "queue": {**_QUEUE, "voicemail": _VOICEMAIL},
    "message": _RECORD,
    "transfer": _TRANSFER,
    "callback": _CALLBACK,
    "look_up": _LOOK_UP,
    "decide": _DECIDE,
}


def scene(command: Command, names: Names) -> Scene:
    """The command as the page shows it."""
    match command:
        case Play(prompts):
            return Scene("play", _("The caller hears"), _heard(prompts, names), (), _words(_PLAYED))
        case Collect(prompts=prompts, max_digits=most):
            kind = "digits" if most > 1 else "key"
            return Scene(kind, _("The caller is asked"), _heard(prompts, names), (), {"timeout": _SILENCE[0]})
        case Enqueue(queue=queue, priority=priority, announce=announce):
            facts = ((_("Queue"), names.queues.get(queue, queue)), (_("Priority"), str(priority)))
            answers = _words(_QUEUE) | ({"voicemail": _VOICEMAIL[0]} if announce.voicemail_key else {})
            heard = _heard(announce.join, names)
            return Scene("queue", _("The caller waits for an agent"), heard, facts, answers)
        case RecordMessage(box=box, prompts=prompts, max_seconds=most):
            facts = ((_("Message box"), box), (_("Longest message (seconds)"), str(most)))
            return Scene(
                "message", _("The caller leaves a message"), _heard(prompts, names), facts, _words(_RECORD)
            )
        case Transfer(kind=where, target=target):
            to = ((option_name(where), target),)
            return Scene("transfer", _("The caller is connected"), (), to, _words(_TRANSFER))
        case RequestCallback(queue=queue, number=number):
            facts = ((_("Queue"), names.queues.get(queue, queue)), (_("Number"), number))
            return Scene("callback", _("The caller is to be called back"), (), facts, _words(_CALLBACK))
        case LookUp(source=source, parameters=parameters):
            asked = ((_("Data source"), source), *sorted(parameters.items()))
            return Scene("look_up", _("Something is looked up"), (), asked, _words(_LOOK_UP))
        case Decide(script=script):
            which = ((_("Routing script"), script),)
            return Scene("decide", _("A routing script decides"), (), which, _words(_DECIDE))
        case Hangup(cause):
            return Scene("end", _("The call ends"), (), ((_("Cause"), option_name(cause)),), {})


def event_of(kind: str, answer: str, digits: str) -> Event | None:
    """The event that an answer to a scene of this *kind* stands for; None for an answer that it has not.

    Whether it fits the place in the flow is for the interpreter to say.
    """
    if kind in ("key", "digits") and answer == "timeout":
        return _SILENCE[1]
    if kind == "key" and len(digits) == 1:
        return Collected(digits, "digits")
    if kind == "digits" and digits:
        number = digits.rstrip("#*")
        return Collected(number, "digits", digits[len(number) : len(number) + 1])
    found = _ANSWERS.get(kind, {}).get(answer)
    return found[1] if found else None


def _words(answers: Mapping[str, tuple[LazyString, Event]]) -> dict[str, LazyString]:
    return {code: words for code, (words, _event) in answers.items()}


def _heard(prompts: tuple[Prompt, ...], names: Names) -> tuple[Spoken, ...]:
    return tuple(
        Spoken("", f"{item.value} ({SAYABLE[item.kind]})")
        if isinstance(item, Say)
        else Spoken(item, names.prompts.get(item, ""))
        for item in prompts
    )
