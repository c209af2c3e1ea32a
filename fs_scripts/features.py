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
from hotline.domain.acd.events import Event, StateRequested, WrapUpFinished
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
_WRAP_UP: Final = ("wrapup_done", "feature_wrapup_done")
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
    if feature == _WRAP_UP[0]:
        event: Event = WrapUpFinished(number, BY_PHONE)
        prompt = _WRAP_UP[1]
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
