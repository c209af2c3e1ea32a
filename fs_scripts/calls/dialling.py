"""How an agent's phone is rung for a caller, and what it means when that came to nothing."""

from __future__ import annotations

from typing import Final

from fs_scripts.calls import variables as var
from fs_scripts.calls.greeting import Greeting
from fs_scripts.esl import commands as esl
from hotline.domain.acd.effects import MakeOffer
from hotline.domain.directory import DOMAIN

NO_GREETING: Final = Greeting()
# A greeting that is longer is a mistake; the caller is not kept waiting for it.
_LONGEST_GREETING_SECONDS: Final = 15

# How a bridge that did not come about is told to the ACD.
_OUTCOMES: Final = {
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "no_answer",
    "ALLOTTED_TIMEOUT": "no_answer",
    "PROGRESS_TIMEOUT": "no_answer",
    "RECOVERY_ON_TIMER_EXPIRE": "unreachable",
    "USER_BUSY": "busy",
    "CALL_REJECTED": "refused",
    # Picked up, and hung up before the two were connected.
    "NORMAL_CLEARING": "refused",
    "USER_NOT_REGISTERED": "unreachable",
    "SUBSCRIBER_ABSENT": "unreachable",
    "UNALLOCATED_NUMBER": "unreachable",
    "NO_ROUTE_DESTINATION": "unreachable",
    "GATEWAY_DOWN": "unreachable",
}


def outcome_of(disposition: str) -> str:
    """The outcome of an offer, as :class:`~hotline.domain.acd.events.OfferFailed` has it."""
    return _OUTCOMES.get(disposition, "failed")


def dial_string(
    offer: MakeOffer,
    leg: str,
    *,
    caller_channel: str,
    interaction_id: str,
    caller: str,
    greeting: Greeting = NO_GREETING,
    data: str = "",
) -> str:
    """The agent's phone and what its *leg* must know. *socket_resume* goes off at the instant of the answer,
    so that a talk outlives us; in the same instant the *greeting* begins. *data* are the attached data,
    packed.
    """
    shown = _plain(caller) or "anonymous"
    variables = {
        "origination_uuid": leg,
        "leg_timeout": str(offer.ring_seconds),
        "api_on_answer": f"uuid_setvar {caller_channel} socket_resume false",
        "sip_invite_domain": DOMAIN,
        "presence_id": f"{offer.extension}@{DOMAIN}",
        "origination_caller_id_number": shown,
        "origination_caller_id_name": shown,
        var.INTERACTION: interaction_id,
        var.OFFER: offer.offer_id,
        var.AGENT: offer.agent,
        var.QUEUE: offer.queue,
        var.ROLE: "agent",
        var.CALLER: shown,
        **({var.DATA: data} if data else {}),
        **_greeted(greeting, caller_channel),
    }
    # Where the phone is registered is asked of the registrations alone: ``user/`` would look up the account
    # first, over HTTP, while a caller waits.
    contact = f"${{sofia_contact(internal/{offer.extension}@{DOMAIN})}}"
    return esl.channel_vars(variables, kind="[") + contact


def _greeted(greeting: Greeting, caller_channel: str) -> dict[str, str]:
    """The two are connected when the agent's part has been played; the caller hears its own in place of the
    music, which goes on when that is shorter.
    """
    variables = {}
    if greeting.agent:
        variables = {
            "group_confirm_key": "exec",
            "group_confirm_file": f"playback {greeting.agent}",
            # Instead of what is left of the time to ring.
            "group_confirm_timeout": str(_LONGEST_GREETING_SECONDS),
        }
    if greeting.caller:
        variables["api_on_answer_greeting"] = esl.uuid_displace(caller_channel, greeting.caller)
    return variables


def _plain(number: str) -> str:
    """A caller's number without anything that a dial string or a SIP header could take amiss."""
    return "".join(c for c in number if c.isascii() and (c.isalnum() or c in "+*#._-"))[:32]
