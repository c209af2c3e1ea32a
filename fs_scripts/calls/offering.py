"""An offer at work: an agent's phone rings for a caller, until the two talk or it came to nothing.

The offer is a ``bridge`` on the caller's own channel. So FreeSWITCH itself stops the agent's phone when the
caller hangs up, and two who talk need nobody of us.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

import structlog

from fs_scripts.calls import variables as var
from fs_scripts.calls.deps import QueuedCall
from fs_scripts.calls.dialling import dial_string, outcome_of
from fs_scripts.calls.greeting import Greeting
from fs_scripts.calls.recording import Recording
from fs_scripts.dispatch import Order
from fs_scripts.esl import commands as esl
from fs_scripts.esl.errors import CommandFailed, CommandTimeout
from fs_scripts.esl.events import Event as EslEvent
from fs_scripts.esl.outbound import Completed, Execution
from hotline.domain.acd.effects import CancelOffer, MakeOffer, QueueMoved, SendAway
from hotline.domain.acd.events import OfferFailed

log = structlog.get_logger(__name__)

_REPORT_GRACE_SECONDS: Final = 10.0
_STOP_AGAIN_SECONDS: Final = 0.5


def ring(
    call: QueuedCall,
    offer: MakeOffer,
    recording: Recording,
    greeting: Greeting,
    later: Callable[[Order], None],
) -> Execution | None:
    """Ring the agent's phone; the running ``bridge`` of two who talk, None when the caller goes on waiting.

    Between the answer and the talk the two hear *greeting*.

    What plays to the caller has been stopped before. *later* takes what the ACD orders meanwhile and this
    offer is not concerned with. Raises :class:`~fs_scripts.esl.errors.ChannelGone`.
    """
    channel = call.channel
    leg = str(uuid.uuid4())
    channel.set_with_next(
        {
            **recording.variables(),
            var.AGENT: offer.agent,
            var.EXTENSION: offer.extension,
            var.OFFER: offer.offer_id,
            var.LEG: leg,
        }
    )
    bridge = channel.start(
        "bridge",
        dial_string(
            offer,
            leg,
            caller_channel=channel.uuid,
            interaction_id=call.interaction_id,
            caller=call.caller,
            greeting=greeting,
            data=call.data_for_leg(),
        ),
        inside=recording.application(),
    )
    call.show("offered", queue=offer.queue, agent=offer.agent)
    clock = call.deps.clock
    deadline = clock() + offer.ring_seconds + _REPORT_GRACE_SECONDS
    cancelled = False
    while True:
        item = channel.next(max(0.1, deadline - clock()))
        match item:
            case Completed() if item.execution is bridge:
                _report_failure(call, offer, item.event)
                return None
            case EslEvent() if item.name == "CHANNEL_BRIDGE" and not cancelled:
                return bridge
            case CancelOffer() if item.offer_id == offer.offer_id:
                cancelled = True
                _stop_ringing(call, leg)
                deadline = clock() + _STOP_AGAIN_SECONDS
            case MakeOffer() | SendAway() | QueueMoved():
                # What the ACD decided next, while this leg is still on its way out.
                later(item)
            case None:
                # A leg that was not there yet when it was stopped, or a FreeSWITCH that does not end the
                # ringing in time: either way not the agent's fault.
                log.warning("the ringing did not end", agent=offer.agent)
                _stop_ringing(call, leg)
                deadline = clock() + _STOP_AGAIN_SECONDS
            case _:
                pass


def _report_failure(call: QueuedCall, offer: MakeOffer, done: EslEvent) -> None:
    cause = done.var("originate_disposition") or done.var("last_bridge_hangup_cause") or ""
    outcome = outcome_of(cause)
    log.info("offer not taken", agent=offer.agent, cause=cause, outcome=outcome)
    # The answer has switched it off, and only a talk switches it on again.
    call.channel.set_with_next({"socket_resume": "true"})
    call.deps.dispatcher.apply(OfferFailed(offer.offer_id, outcome, cause))


def _stop_ringing(call: QueuedCall, leg: str) -> None:
    try:
        call.channel.api(esl.uuid_kill(leg, "ORIGINATOR_CANCEL"))
    except (CommandFailed, CommandTimeout):
        log.info("the ringing leg was gone already", leg=leg)
