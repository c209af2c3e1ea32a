"""Hang-up causes: names, Q.850 numbers, and what FreeSWITCH calls their outcome in DIALSTATUS."""

from __future__ import annotations

NUMBERS = {
    "NONE": 0,
    "UNALLOCATED_NUMBER": 1,
    "NO_ROUTE_DESTINATION": 3,
    "NORMAL_CLEARING": 16,
    "USER_BUSY": 17,
    "NO_USER_RESPONSE": 18,
    "NO_ANSWER": 19,
    "SUBSCRIBER_ABSENT": 20,
    "CALL_REJECTED": 21,
    "DESTINATION_OUT_OF_ORDER": 27,
    "INVALID_NUMBER_FORMAT": 28,
    "NORMAL_UNSPECIFIED": 31,
    "NORMAL_CIRCUIT_CONGESTION": 34,
    "NORMAL_TEMPORARY_FAILURE": 41,
    "SWITCH_CONGESTION": 42,
    "RECOVERY_ON_TIMER_EXPIRE": 102,
    "INTERWORKING": 127,
    "ORIGINATOR_CANCEL": 487,
    "LOSE_RACE": 502,
    "MANAGER_REQUEST": 503,
    "BLIND_TRANSFER": 600,
    "ATTENDED_TRANSFER": 601,
    "ALLOTTED_TIMEOUT": 602,
    "PICKED_OFF": 605,
    "USER_NOT_REGISTERED": 606,
}

_BY_NUMBER = {number: name for name, number in NUMBERS.items()}
_DIALSTATUS = {
    "NO_ANSWER": "NOANSWER",
    "NO_USER_RESPONSE": "NOANSWER",
    "ORIGINATOR_CANCEL": "CANCEL",
    "USER_BUSY": "BUSY",
    "CALL_REJECTED": "DONTCALL",
    "INVALID_NUMBER_FORMAT": "INVALIDARGS",
}
_SIP = {486: "USER_BUSY", 603: "CALL_REJECTED", 403: "CALL_REJECTED", 404: "UNALLOCATED_NUMBER", 480: "NO_USER_RESPONSE",
        408: "RECOVERY_ON_TIMER_EXPIRE", 487: "ORIGINATOR_CANCEL", 503: "NORMAL_TEMPORARY_FAILURE"}  # fmt: skip


def parse_cause(text: str) -> str:
    """A cause by its name or number; what is unknown is a normal clearing, as in FreeSWITCH."""
    word = text.strip().upper()
    if word.isdigit():
        return _BY_NUMBER.get(int(word), "NORMAL_CLEARING")
    return word if word in NUMBERS else "NORMAL_CLEARING"


def dial_status(cause: str) -> str:
    return _DIALSTATUS.get(cause, cause)


def from_sip(status: int) -> str:
    """The cause that a SIP refusal becomes."""
    return _SIP.get(status, "NORMAL_TEMPORARY_FAILURE" if status >= 500 else "INTERWORKING")
