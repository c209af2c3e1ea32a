"""What a call's handler is given, what it tells the live view, and what its parts know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fs_scripts.calls.phone_io import PhoneIO
from fs_scripts.calls.services import CallbackDesk, LookUps, NoCallbacks, NoLookUps, NoRouter, Router
from fs_scripts.calls.speaking import Speaker
from fs_scripts.configuration import Configuration
from fs_scripts.dispatch import Dispatcher, Journal
from fs_scripts.esl.outbound import Channel
from hotline.domain.callers import Membership
from hotline.live.messages import CallView


class CallWatcher(Protocol):
    """Shows calls and agents to people as they change."""

    def agent_changed(self, number: str) -> None: ...

    def call_changed(self, view: CallView) -> None: ...

    def call_ended(self, interaction_id: str) -> None: ...


class Ownership(Protocol):
    """Knows which calls have a handler in this process, so that the others are looked after."""

    def own(self, interaction_id: str, hang_up: Callable[[], None]) -> None: ...

    def disown(self, interaction_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class CallDeps:
    """``recordings`` is the folder that recordings go to; ``handler`` names this call side among others."""

    configuration: Callable[[], Configuration]
    dispatcher: Dispatcher
    journal: Journal
    speaker: Speaker
    watcher: CallWatcher
    ownership: Ownership
    recordings: Path
    clock: Callable[[], float]
    handler: str
    look_ups: LookUps = field(default_factory=NoLookUps)
    router: Router = field(default_factory=NoRouter)
    callbacks: CallbackDesk = field(default_factory=NoCallbacks)


class QueuedCall(Protocol):
    """The call whose stay in a queue this is: :class:`fs_scripts.calls.session.CallSession` in earnest."""

    channel: Channel
    deps: CallDeps
    io: PhoneIO
    interaction_id: str
    caller: str
    called: str
    recording_begun: bool
    ticket: str
    membership: Membership

    def show(self, phase: str, **more: str | int | None) -> None:
        """Tell people which phase the call is in."""

    def data_for_leg(self) -> str:
        """The attached data for another leg, packed; what is sensitive is masked."""

    def take_kept_place(self) -> float | None:
        """When the call was queued by the handler that lost it, once; None for a call that begins to wait."""
