"""What the console may ask of the call side, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from fs_scripts.callbacks import Callbacks, Unchangeable
from fs_scripts.dispatch import Dispatcher
from fs_scripts.esl.errors import EslError
from fs_scripts.live_view import LiveView
from fs_scripts.ownership import Ownerships
from hotline.domain.acd.engine import UnknownAgent
from hotline.domain.acd.events import StateRequested, WrapUpExtended, WrapUpFinished
from hotline.domain.agent import REQUESTS, AgentState, IllegalTransition
from hotline.live.messages import (
    CancelCallback,
    ChangeCallbackNumber,
    Command,
    ExtendWrapUp,
    FinishWrapUp,
    GetSnapshot,
    HangUpCall,
    HurryCallback,
    RaiseAlarm,
    ReloadConfiguration,
    Reply,
    SetAgentState,
    SetDoNotDisturb,
)
from hotline.store.db import StoreError

log = structlog.get_logger(__name__)


class CommandDesk:
    """Answers the commands of the live seam."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        view: LiveView,
        owned: Ownerships,
        callbacks: Callbacks,
        reload: Callable[[], None],
    ) -> None:
        self._dispatcher = dispatcher
        self._view = view
        self._owned = owned
        self._callbacks = callbacks
        self._reload = reload

    def handle(self, command: Command) -> Reply:
        """Do what is asked; every refusal is a reply, never an exception."""
        match command:
            case GetSnapshot():
                return Reply(ok=True, value=self._view.snapshot())
            case SetAgentState():
                return self._set_state(command)
            case FinishWrapUp():
                return self._apply(WrapUpFinished(command.agent, command.by))
            case ExtendWrapUp():
                return self._apply(WrapUpExtended(command.agent, command.by))
            case SetDoNotDisturb():
                return self._disturb(command)
            case CancelCallback() | ChangeCallbackNumber() | HurryCallback():
                return self._callback(command)
            case HangUpCall():
                return self._hang_up(command)
            case RaiseAlarm():
                self._view.alarm(command.code, **command.params)
                return Reply(ok=True)
            case ReloadConfiguration():
                try:
                    self._reload()
                except StoreError as error:
                    return Reply(ok=False, error="store_away", detail=str(error))
                except EslError as error:
                    return Reply(ok=False, error="switch_away", detail=str(error))
                return Reply(ok=True)
            case _:
                return Reply(ok=False, error="unknown_command", detail=type(command).__name__)

    def _hang_up(self, command: HangUpCall) -> Reply:
        try:
            ended = self._owned.hang_up(command.interaction_id)
        except EslError as error:
            return Reply(ok=False, error="switch_away", detail=str(error))
        if not ended:
            return Reply(ok=False, error="unknown_call", detail=command.interaction_id)
        return Reply(ok=True)

    def _set_state(self, command: SetAgentState) -> Reply:
        try:
            state = AgentState(command.state)
        except ValueError:
            state = None
        if state not in REQUESTS:
            return Reply(ok=False, error="unknown_state", detail=command.state)
        return self._apply(StateRequested(command.agent, state, command.reason, command.by))

    def _disturb(self, command: SetDoNotDisturb) -> Reply:
        if command.agent not in self._dispatcher.state.agents:
            return Reply(ok=False, error="unknown_agent", detail=command.agent)
        self._dispatcher.do_not_disturb(command.agent, command.on, command.by)
        self._view.agent_changed(command.agent)
        return Reply(ok=True)

    def _callback(self, command: CancelCallback | ChangeCallbackNumber | HurryCallback) -> Reply:
        try:
            match command:
                case CancelCallback():
                    self._callbacks.cancel(command.ticket, command.by)
                case ChangeCallbackNumber():
                    self._callbacks.change_number(command.ticket, command.number, command.by)
                case HurryCallback():
                    self._callbacks.hurry(command.ticket, command.by)
        except Unchangeable as error:
            return Reply(ok=False, error=error.code, detail=str(error))
        return Reply(ok=True)

    def _apply(self, event: StateRequested | WrapUpFinished | WrapUpExtended) -> Reply:
        try:
            self._dispatcher.apply(event)
        except UnknownAgent:
            return Reply(ok=False, error="unknown_agent", detail=event.agent)
        except IllegalTransition as error:
            return Reply(ok=False, error="not_allowed_now", detail=str(error))
        return Reply(ok=True)
