"""The words for stored codes. A code without a word is shown as it is."""

from __future__ import annotations

from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

Words = dict[str, LazyString]

LABELS: Final[dict[str, Words]] = {
    "agent_state": {
        "signed_out": _l("Signed out"),
        "idle": _l("Idle"),
        "busy": _l("Busy"),
        "rest": _l("Rest"),
        "ringing": _l("Ringing"),
        "talking": _l("Talking"),
        "wrap_up": _l("Wrap-up"),
    },
    "post": {
        "lead": _l("Lead"),
        "deputy": _l("Deputy lead"),
        "information": _l("Information officer"),
        "senior": _l("Senior agent"),
        "agent": _l("Agent"),
    },
    "outcome": {
        "open": _l("In progress"),
        "served": _l("Served by an agent"),
        "abandoned": _l("Abandoned"),
        "voicemail": _l("Voice message left"),
        "self_service": _l("Self-service"),
        "overflowed": _l("Overflowed"),
        "callback": _l("To be called back"),
        "refused": _l("Refused (blacklist)"),
        "failed": _l("Failed"),
    },
    "list": {"vip": _l("VIP list"), "black": _l("Black list"), "white": _l("White list")},
    "side": {"caller": _l("Caller"), "agent": _l("Agent"), "system": _l("System")},
    "mark": {"1": _l("Satisfied"), "2": _l("Fairly satisfied"), "3": _l("Not satisfied")},
    "phase": {
        "ivr": _l("In the menu"),
        "queued": _l("Waiting"),
        "offered": _l("Ringing"),
        "talking": _l("Talking"),
        "survey": _l("Survey"),
        "voicemail": _l("Leaving a message"),
        "ended": _l("Ended"),
    },
    "switch": {
        "simulated": _l("Simulated switch"),
        "freeswitch": _l("FreeSWITCH"),
        "none": _l("No switch"),
    },
    "scope": {
        "all": _l("Everything"),
        "organisation": _l("Own organisation"),
        "group": _l("Own group"),
        "self": _l("Only oneself"),
    },
    "record_field": {
        "caller": _l("Caller"),
        "called": _l("Called number"),
        "started_at": _l("Started"),
        "ended_at": _l("Ended at"),
        "answered": _l("Answered"),
        "talk_ms": _l("Talk (ms)"),
        "hangup_side": _l("Hung up by"),
    },
    "detail": {
        "active": _l("Active"),
        "added": _l("Imported"),
        "agent": _l("Agent"),
        "caller": _l("Caller"),
        "code": _l("Code"),
        "extension": _l("Extension"),
        "filter": _l("Filter"),
        "group": _l("Agent group"),
        "interaction": _l("Interaction"),
        "known": _l("Known already"),
        "name": _l("Name"),
        "number": _l("Number"),
        "organisation": _l("Organisation"),
        "post": _l("Post"),
        "priority": _l("Priority"),
        "reason": _l("Reason"),
        "rejected": _l("Rejected"),
        "role": _l("Role"),
        "skill": _l("Skill"),
        "skills": _l("Skills"),
        "state": _l("State"),
        "version": _l("Version"),
    },
    "reject_reason": {
        "empty": _l("Empty"),
        "too_large": _l("Too large"),
        "not_json": _l("Not readable as JSON"),
        "not_an_object": _l("Not a record"),
        "missing_field": _l("A field is missing"),
        "bad_value": _l("A value cannot be used"),
        "bad_time": _l("A time cannot be true"),
        "conflict": _l("Known with other content"),
    },
    "direction": {
        "inbound": _l("Incoming"),
        "outbound": _l("Outgoing"),
        "callback": _l("Called back"),
    },
    # What becomes of a caller in a queue, as a replay tells it.
    "replay_outcome": {
        "served": _l("Served by"),
        "abandoned": _l("Abandoned"),
        "waiting": _l("Still waiting"),
        "timeout": _l("Waited too long"),
        "no_agents": _l("Nobody signed in"),
        "overflow": _l("Not let in"),
        "outside": _l("Outside number"),
        "voicemail": _l("Voice message"),
        "callback": _l("Callback"),
        "prompt": _l("Announcement"),
        "closed": _l("Closed"),
        "emergency": _l("Emergency"),
    },
}

# Colours of Tabler that say the same on every page.
COLOURS: Final[dict[str, dict[str, str]]] = {
    "agent_state": {
        "signed_out": "secondary",
        "idle": "green",
        "busy": "red",
        "rest": "orange",
        "ringing": "yellow",
        "talking": "blue",
        "wrap_up": "purple",
    },
    "outcome": {
        "open": "blue",
        "served": "green",
        "abandoned": "red",
        "voicemail": "purple",
        "self_service": "azure",
        "overflowed": "orange",
        "callback": "cyan",
        "refused": "red",
        "failed": "red",
    },
    "list": {"vip": "yellow", "black": "red", "white": "green"},
    "mark": {"1": "green", "2": "yellow", "3": "red"},
    "phase": {
        "ivr": "azure",
        "queued": "orange",
        "offered": "yellow",
        "talking": "blue",
        "survey": "teal",
        "voicemail": "purple",
        "ended": "secondary",
    },
}


def label(kind: str, code: object) -> str:
    """The word for *code* in the person's language."""
    return str(LABELS[kind].get(str(code), code))


def colour(kind: str, code: object) -> str:
    return COLOURS.get(kind, {}).get(str(code), "secondary")


def choices(kind: str, *, without: frozenset[str] = frozenset()) -> list[tuple[str, LazyString]]:
    """The codes and words of *kind* for a select."""
    return [(code, word) for code, word in LABELS[kind].items() if code not in without]


# What the operation log writes, in words.
ACTIONS: Final[Words] = {
    "session.sign_in": _l("Signed in"),
    "session.sign_out": _l("Signed out of the console"),
    "session.refused": _l("Sign-in refused"),
    "user.change_password": _l("Changed the own password"),
    "user.update": _l("Changed an account"),
    "token.create": _l("Created an API token"),
    "token.revoke": _l("Revoked an API token"),
    "agent.create": _l("Created an agent"),
    "agent.update": _l("Changed an agent"),
    "agent.reset_password": _l("Reset an agent's password"),
    "agent.set_state": _l("Changed an agent's state"),
    "phone.reveal": _l("Looked at a phone password"),
    "phone.reset": _l("Reset a phone password"),
    "group.create": _l("Created a group"),
    "group.update": _l("Changed a group"),
    "group.delete": _l("Deleted a group"),
    "queue.create": _l("Created a queue"),
    "queue.update": _l("Changed a queue"),
    "skill.create": _l("Created a skill"),
    "skill.update": _l("Renamed a skill"),
    "skill.delete": _l("Deleted a skill"),
    "call.hang_up": _l("Ended a call"),
    "calls.export": _l("Exported the call history"),
    "replay.start": _l("Replayed an hour"),
    "recording.listen": _l("Listened to a recording"),
    "recording.download": _l("Downloaded a recording"),
    "message.heard": _l("Dealt with a voice message"),
    "message.listen": _l("Listened to a voice message"),
    "records.import": _l("Imported switch records"),
    "flow.create": _l("Created an IVR flow"),
    "flow.save": _l("Saved an IVR flow"),
    "flow.publish": _l("Published an IVR flow"),
    "flow.plan": _l("Planned the publication of an IVR flow"),
    "flow.not_published": _l("An IVR flow was not published as planned"),
    "routing.create": _l("Created a routing script or rule table"),
    "routing.save": _l("Saved a routing script or rule table"),
    "routing.publish": _l("Published a routing script or rule table"),
    "routing.rollback": _l("Rolled a routing script or rule table back"),
    "routing.trial": _l("Tried a routing script or rule table on past calls"),
    "flow.rollback": _l("Rolled an IVR flow back"),
    "flow.number": _l("Changed the flow of a number"),
    "source.create": _l("Created a data source"),
    "source.update": _l("Changed a data source"),
    "source.delete": _l("Deleted a data source"),
    "source.try": _l("Tried a data source"),
    "source.upload": _l("Uploaded the rows of a data source"),
    "prompt.upload": _l("Uploaded a prompt"),
    "prompt.generate": _l("Had a prompt spoken anew"),
    "prompt.delete": _l("Deleted a prompt"),
    "prompt.restore": _l("Restored a prompt"),
    "calendar.hours": _l("Changed the weekly hours"),
    "calendar.day": _l("Changed a day of the calendar"),
    "calendar.delete_day": _l("Removed a day of the calendar"),
    "calendar.import": _l("Imported days of the calendar"),
    "emergency.on": _l("Closed the hotline at once"),
    "emergency.off": _l("Ended an emergency"),
    "emergency.plans": _l("Changed the emergency plans"),
    "list.add": _l("Added to a caller list"),
    "list.update": _l("Changed an entry of a caller list"),
    "list.delete": _l("Removed from a caller list"),
    "list.import": _l("Imported a caller list"),
    "list.export": _l("Exported a caller list"),
    "agent.skills": _l("Changed an agent's skills"),
    "calendar.switch": _l("Turned a switch of the working hours"),
}

# The rights, in words; the codes are those of hotline.domain.permissions.
PERMISSIONS: Final[Words] = {
    "live.view": _l("Watch live"),
    "live.control": _l("Control live"),
    "agents.view": _l("See agents"),
    "agents.edit": _l("Manage agents"),
    "groups.edit": _l("Manage groups"),
    "queues.edit": _l("Manage queues"),
    "lists.view": _l("See caller lists"),
    "lists.edit": _l("Manage caller lists"),
    "callbacks.view": _l("See callbacks"),
    "callbacks.edit": _l("Manage callbacks"),
    "emergency.switch": _l("Close at once in an emergency"),
    "flows.view": _l("See IVR flows"),
    "flows.edit": _l("Edit IVR flows"),
    "flows.publish": _l("Publish IVR flows"),
    "sources.edit": _l("Manage data sources"),
    "prompts.view": _l("See prompts"),
    "prompts.edit": _l("Replace prompts"),
    "calls.view": _l("See calls"),
    "recordings.listen": _l("Listen to recordings"),
    "recordings.download": _l("Download recordings"),
    "records.view": _l("See switch records"),
    "records.import": _l("Import switch records"),
    "users.view": _l("See accounts"),
    "users.edit": _l("Manage accounts"),
    "settings.edit": _l("Change settings"),
    "tokens.own": _l("Own API tokens"),
    "audit.view": _l("See the operation log"),
    "softphone.use": _l("Use the soft phone"),
}
