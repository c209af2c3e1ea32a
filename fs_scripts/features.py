"""Feature codes: an agent changes state at the desk phone alone, without any page."""

from __future__ import annotations

from typing import Final

import structlog

from fs_scripts.calls import variables as var
from fs_scripts.calls.deps import CallDeps
from fs_scripts.calls.phone_io import PhoneIO
from fs_scripts.esl.errors import EslError
from fs_scripts.esl.outbound import Channel
from hotline.domain.acd.engine import UnknownAgent
from hotline.domain.acd.events import Event, StateRequested, WrapUpExtended, WrapUpFinished
from hotline.domain.agent import AgentState, IllegalTransition
from hotline.domain.ivr.commands import Play

log = structlog.get_logger(__name__)

BY_PHONE: Final = "phone"

# What the dialplan calls a feature -> the state it asks for and the prompt that confirms it.
_STATES: Final = {
    "sign_in": (AgentState.IDLE, "feature_signed_in"),
    "sign_out": (AgentState.SIGNED_OUT, "feature_signed_out"),
    "idle": (AgentState.IDLE, "feature_idle"),
    "busy": (AgentState.BUSY, "feature_busy"),
}
# What the dialplan calls a feature -> whether do-not-disturb is on after it, and the prompt.
_DO_NOT_DISTURB: Final = {"dnd_on": (True, "feature_dnd_on"), "dnd_off": (False, "feature_dnd_off")}
_WRAP_UP_DONE: Final = ("wrapup_done", "feature_wrapup_done")
_WRAP_UP_LONGER: Final = ("wrapup_longer", "feature_wrapup_extended")
_REFUSED: Final = "feature_refused"


def serve_feature(channel: Channel, deps: CallDeps) -> None:
    """Do what the code asks for, confirm it in words, hang up."""
    try:
        channel.execute("answer", timeout=20.0)
        prompt = _apply(channel, deps)
        PhoneIO(channel, deps.speaker, deps.clock).play(Play((prompt,), interruptible=False))
        channel.hangup("NORMAL_CLEARING")
    except EslError as error:
        log.info("the agent hung up before the confirmation", error=str(error))


def _apply(channel: Channel, deps: CallDeps) -> str:
    feature = channel.var(var.FEATURE) or ""
    extension = channel.var(var.EXTENSION) or channel.var("user_name") or ""
    state = deps.dispatcher.state
    number = state.by_extension.get(extension)
    if number is None:
        log.warning("a feature code from a phone that has no agent", extension=extension, feature=feature)
        return _REFUSED
    if feature in _DO_NOT_DISTURB:
        on, prompt = _DO_NOT_DISTURB[feature]
        deps.dispatcher.do_not_disturb(number, on, BY_PHONE)
        deps.watcher.agent_changed(number)
        return prompt
    if feature == _WRAP_UP_DONE[0]:
        event: Event = WrapUpFinished(number, BY_PHONE)
        prompt = _WRAP_UP_DONE[1]
    elif feature == _WRAP_UP_LONGER[0]:
        event = WrapUpExtended(number, BY_PHONE)
        prompt = _WRAP_UP_LONGER[1]
    elif feature in _STATES:
        wanted, prompt = _STATES[feature]
        event = StateRequested(number, wanted, "", BY_PHONE)
    else:
        log.warning("an unknown feature", feature=feature)
        return _REFUSED
    try:
        deps.dispatcher.apply(event)
    except (IllegalTransition, UnknownAgent) as error:
        log.info("a feature code was refused", agent=number, feature=feature, error=str(error))
        return _REFUSED
    return prompt
