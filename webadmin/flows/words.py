"""The words for what flows are made of: node types, their fields, outcomes and what can be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from hotline.domain.ivr.problems import Problem

# Node type -> name, what it does, Bootstrap icon, colour of Tabler.
TYPES: Final[dict[str, tuple[LazyString, LazyString, str, str]]] = {
    "play": (_l("Play"), _l("Plays prompts and goes on."), "volume-up", "azure"),
    "menu": (_l("Menu"), _l("Offers choices by key."), "grid-3x3-gap", "blue"),
    "info_code": (
        _l("Information codes"),
        _l("The caller keys a code and hears the answer."),
        "123",
        "teal",
    ),
    "branch_hours": (
        _l("By working hours"),
        _l("Goes different ways when open, closed, on holidays and in an emergency."),
        "clock-history",
        "orange",
    ),
    "queue": (_l("To an agent"), _l("Queues the caller for an agent with the skill."), "headset", "green"),
    "voicemail": (_l("Voice message"), _l("Records a message of the caller."), "voicemail", "purple"),
    "survey": (_l("Satisfaction survey"), _l("Asks for a mark after the talk."), "star", "yellow"),
    "transfer": (
        _l("Transfer"),
        _l("Connects to an extension or an outside number, past the queues."),
        "telephone-forward",
        "cyan",
    ),
    "set_data": (
        _l("Attach data"),
        _l("Attaches data to the call for the agent's screen."),
        "tags",
        "indigo",
    ),
    "say": (
        _l("Say a value"),
        _l("Speaks a number, an amount, a date or a code."),
        "megaphone",
        "azure",
    ),
    "collect": (
        _l("Collect digits"),
        _l("Takes digits of the caller and attaches them to the call."),
        "keyboard",
        "blue",
    ),
    "branch_data": (
        _l("By data"),
        _l("Goes different ways by attached data."),
        "signpost-split",
        "orange",
    ),
    "look_up": (
        _l("Look up data"),
        _l("Asks a data source and attaches the answer to the call."),
        "database",
        "indigo",
    ),
    "agent": (_l("To one agent"), _l("Queues the caller for a given agent."), "person-badge", "green"),
    "callback": (
        _l("Callback"),
        _l("Offers to call back, with the place in the queue kept."),
        "telephone-outbound",
        "purple",
    ),
    "sub_flow": (
        _l("Sub-flow"),
        _l("Calls another flow and goes on by what it returns."),
        "diagram-2",
        "lime",
    ),
    "route": (
        _l("Smart routing"),
        _l("Lets a routing script or rule table decide where the call goes."),
        "shuffle",
        "green",
    ),
    "return": (_l("Return"), _l("Ends a sub-flow with an outcome."), "arrow-return-left", "lime"),
    "language": (_l("Language"), _l("Goes on in another language."), "translate", "pink"),
    "hangup": (_l("Hang up"), _l("Says good-bye and ends the call."), "telephone-x", "red"),
}

UNKNOWN_TYPE: Final[tuple[LazyString, LazyString, str, str]] = (
    _l("Unknown node"),
    _l("This program does not know it."),
    "question",
    "secondary",
)

# The palette: groups of node types, in the order in which people look for them.
_GROUPS: Final[tuple[tuple[LazyString, tuple[str, ...]], ...]] = (
    (_l("Say and ask"), ("play", "say", "menu", "collect", "info_code", "language", "survey")),
    (_l("Decide"), ("branch_hours", "branch_data", "route", "look_up", "set_data", "sub_flow", "return")),
    (_l("Connect"), ("queue", "agent", "transfer", "callback", "voicemail", "hangup")),
)

# Field -> name. A field means the same in every type that has it, but for those in _OF_TYPE.
FIELDS: Final[dict[str, LazyString]] = {
    "id": _l("Node id"),
    "type": _l("Node type"),
    "name": _l("Name"),
    "version": _l("Version"),
    "start": _l("Start node"),
    "nodes": _l("Nodes"),
    "ui": _l("Position"),
    "prompts": _l("Prompts"),
    "interruptible": _l("A key stops it"),
    "skip_on_resume": _l("Not repeated after a switch-over"),
    "next": _l("Then"),
    "choices": _l("Keys"),
    "wrong_key": _l("Said after a wrong key"),
    "no_key": _l("Said when no key comes"),
    "attempts": _l("Attempts"),
    "timeout_s": _l("Waits for a key (seconds)"),
    "digit_timeout_s": _l("Waits between digits (seconds)"),
    "ask": _l("Asks for the code"),
    "codes": _l("Codes and answers"),
    "unknown": _l("Said after an unknown code"),
    "again": _l("Said after the answer"),
    "cause": _l("Cause"),
    "queue": _l("Queue"),
    "priority": _l("Priority (higher goes first)"),
    "max_wait_s": _l("Longest wait (seconds, 0: that of the queue)"),
    "join": _l("Said on joining"),
    "every_s": _l("Said again every (seconds, 0: never)"),
    "position": _l("Tell the position"),
    "expected_wait": _l("Tell the expected wait"),
    "voicemail_key": _l("Key for a voice message"),
    "callback_key": _l("Key for a callback"),
    "routed": _l("As the routing script chose"),
    "values": _l("Data"),
    "wrong": _l("Said after a wrong key"),
    "marks": _l("Marks"),
    "kind": _l("Kind of number"),
    "number": _l("Number"),
    "ring_s": _l("Rings for (seconds)"),
    "box": _l("Message box"),
    "longest_s": _l("Longest message (seconds)"),
    "silence_s": _l("Ends after silence of (seconds)"),
    "beep": _l("Beep before it"),
    "before": _l("Said before it"),
    "say_as": _l("Spoken as"),
    "value": _l("Value"),
    "after": _l("Said after it"),
    "type_ahead": _l("Keys pressed early count"),
    "key": _l("Name of the data"),
    "min_digits": _l("Fewest digits"),
    "max_digits": _l("Most digits"),
    "terminators": _l("Keys that end it"),
    "read_back": _l("Said before the digits are read back"),
    "confirm": _l("Asks for confirmation (1 yes)"),
    "sensitive": _l("Sensitive (masked)"),
    "rules": _l("Rules"),
    "script": _l("Script or rule table"),
    "labels": _l("Exits that it may name"),
    "on_queue": _l("When a queue is chosen"),
    "on_agent": _l("When an agent is chosen"),
    "on_default": _l("Otherwise, and when it fails"),
    "source": _l("Data source"),
    "parameters": _l("Parameters"),
    "agent": _l("Agent"),
    "agent_key": _l("Else the agent in the data named"),
    "wait_s": _l("Waits for the agent (seconds)"),
    "then_anybody": _l("Then any agent of the queue"),
    "hours": _l("Tells the hours of callbacks"),
    "change": _l("Asks for another number"),
    "taken": _l("Said when it is noted"),
    "flow": _l("Flow"),
    "outcomes": _l("Outcomes"),
    "outcome": _l("Outcome"),
    "language": _l("Language"),
    "on_missing": _l("When it cannot be spoken"),
    "on_collected": _l("After the digits"),
    "on_found": _l("When found"),
    "on_not_found": _l("When not found"),
    "on_taken": _l("When it is noted"),
    "on_refused": _l("When it is refused"),
    "on_cancelled": _l("When cancelled (*)"),
    "on_other": _l("Otherwise"),
    "on_open": _l("When open"),
    "on_closed": _l("When closed"),
    "on_holiday": _l("On a holiday"),
    "on_emergency": _l("In an emergency"),
    "on_back": _l("Back (* or silence)"),
    "on_operator": _l("To the operator (0)"),
    "on_fail": _l("After the last attempt"),
    "on_served": _l("After the talk"),
    "on_agent_gone": _l("When the agent's line breaks"),
    "on_timeout": _l("When the wait is too long"),
    "on_voicemail": _l("When a voice message is wanted"),
    "on_callback": _l("When a callback is wanted"),
    "on_overflow": _l("When the queue is full"),
    "on_no_agents": _l("When nobody is signed in"),
    "on_failed": _l("When it fails"),
    "on_marked": _l("After a mark"),
    "on_none": _l("Without a mark"),
    "on_connected": _l("After the talk"),
    "on_no_answer": _l("When nobody answers"),
    "on_busy": _l("When busy"),
    "on_recorded": _l("After a message"),
    "on_empty": _l("When nothing was said"),
}
_OF_TYPE: Final[dict[tuple[str, str], LazyString]] = {
    ("queue", "again"): _l("Said again while waiting"),
    ("hangup", "prompts"): _l("Prompts before it"),
    ("look_up", "prompts"): _l("Said if it takes longer"),
    ("callback", "ask"): _l("Said before the number"),
    ("callback", "confirm"): _l("Asks for confirmation (1 yes, 2 another number, * cancel)"),
    ("callback", "wrong"): _l("Said after a wrong input"),
    ("collect", "wrong"): _l("Said after a wrong input"),
    ("collect", "no_key"): _l("Said when nothing is keyed"),
}

OPTIONS: Final[dict[str, LazyString]] = {
    "NORMAL_CLEARING": _l("Normal end"),
    "USER_BUSY": _l("Busy tone"),
    "CALL_REJECTED": _l("Refused"),
    "NORMAL_TEMPORARY_FAILURE": _l("Failure"),
    "extension": _l("Extension"),
    "outside": _l("Outside number"),
    "number": _l("as a number"),
    "count": _l("as a count"),
    "digits": _l("digit by digit"),
    "date": _l("as a date"),
    "time": _l("as a time of day"),
    "duration": _l("as a duration in seconds"),
    "money": _l("as an amount of money"),
    "zh": _l("Chinese"),
    "en": _l("English"),
}

# Of rules on attached data; see hotline.domain.ivr.rules.
OPERATORS: Final[dict[str, LazyString]] = {
    "equals": _l("is"),
    "differs": _l("is not"),
    "starts_with": _l("begins with"),
    "ends_with": _l("ends with"),
    "in_list": _l("is one of"),
    "at_least": _l("is at least"),
    "at_most": _l("is at most"),
    "is_set": _l("is there"),
    "is_empty": _l("is not there"),
}

SAYABLE: Final[dict[str, LazyString]] = {
    kind: OPTIONS[kind] for kind in ("number", "count", "digits", "date", "time", "duration", "money")
}

PROBLEMS: Final[dict[str, LazyString]] = {
    "not_an_object": _l("It must be an object in braces."),
    "unknown_field": _l("There is no such field. Remove it."),
    "missing_field": _l("It is missing. Add it."),
    "unknown_type": _l("There is no node type %(type)s."),
    "bad_id": _l("Use 1 to 40 letters, digits, - and _."),
    "too_many_nodes": _l("A flow has at most %(most)s nodes. Divide it."),
    "expected_text": _l("It must be text in quotation marks."),
    "expected_number": _l("It must be a whole number."),
    "expected_flag": _l("It must be true or false."),
    "expected_list": _l("It must be a list in square brackets."),
    "expected_prompt": _l("It must be a prompt, or data to be spoken."),
    "expected_mapping": _l("It must be an object of texts."),
    "expected_rule": _l("It must be an object with data, is, value and to."),
    "unknown_target": _l("It leads to %(target)s, which is no node of this flow. Choose another one."),
    "unknown_prompt": _l("There is no prompt %(prompt)s. Choose another one, or upload it."),
    "no_audio_in_language": _l(
        "Callers who chose %(language)s come here, and there is no %(prompt)s in that language. Upload it, or choose another one."
    ),
    "unknown_queue": _l("There is no active queue %(queue)s. Choose another one."),
    "unknown_agent": _l("There is no active agent %(agent)s. Choose another one."),
    "unknown_script": _l(
        "There is no published routing script %(script)s. Choose another one, or publish it."
    ),
    "unknown_source": _l("There is no active data source %(source)s. Choose another one."),
    "unknown_flow": _l("There is no published flow %(flow)s. Choose another one, or publish it."),
    "recursion": _l("The flow calls itself: %(path)s"),
    "too_many_nodes_in_all": _l("With its sub-flows a flow has at most %(most)s nodes."),
    "too_many_prompts": _l(
        "There are at most %(most)s prompts in a list. Put more than one text into a recording."
    ),
    "too_many_rows": _l("There are at most %(most)s of them."),
    "bad_template": _l("%(value)s names its data wrongly. Write a dollar sign and the name in braces."),
    "missing_edge": _l("It leads nowhere. Choose a node."),
    "missing_value": _l("It is empty. Fill it in."),
    "bad_value": _l("%(value)s cannot be used here."),
    "out_of_range": _l("It must be between %(low)s and %(high)s."),
    "bad_key": _l("%(key)s is no key of the telephone."),
    "bad_code": _l("%(code)s is no code of 1 to %(most)s digits."),
    "voicemail_key_without_target": _l("There is a key for the voice message; choose the node it leads to."),
    "callback_key_without_target": _l("There is a key for the callback; choose the node it leads to."),
    "same_key": _l("The key %(key)s has another meaning here already. Choose another one."),
    "unreachable": _l("No way leads here from the start. Connect it, or remove it."),
    "dead_end": _l("From here the call never comes to an end. Add a way that ends in a hang-up."),
    "loop_without_input": _l("It goes round without waiting for the caller: %(path)s"),
    "loop_when_silent": _l("A caller who does nothing goes round for ever: %(path)s"),
}


def type_name(code: str) -> str:
    """What people call a node type; unknown ones as they are."""
    return str(TYPES[code][0]) if code in TYPES else code


def look_of(code: str) -> tuple[LazyString | str, LazyString | str, str, str]:
    """Name, what it does, icon and colour of a node type; a type without words shows its code."""
    known: tuple[LazyString | str, LazyString | str, str, str] | None = TYPES.get(code)
    return known or (code or UNKNOWN_TYPE[0], *UNKNOWN_TYPE[1:])


def palette(codes: Iterable[str]) -> list[tuple[LazyString, list[str]]]:
    """The node types in groups; those that are in no group come last, in one of their own."""
    left = dict.fromkeys(codes)
    groups = [(name, [code for code in members if code in left]) for name, members in _GROUPS]
    grouped = {code for _, members in groups for code in members}
    groups.append((_l("More"), [code for code in left if code not in grouped]))
    return [(name, members) for name, members in groups if members]


def field_name(type_code: str, name: str) -> str:
    """What people call a field. What lies inside it is added: "Keys 1"."""
    field, _, inside = name.partition(".")
    word = _OF_TYPE.get((type_code, field)) or FIELDS.get(field) or field
    if not inside:
        return str(word)
    code, _, index = inside.partition(".")
    # Places in a list are counted from 1 by people.
    shown = f"#{int(code) + 1}" if field in _LISTS and code.isdigit() else code
    return f"{word} {shown}" + (f" #{int(index) + 1}" if index.isdigit() else "")


_LISTS: Final = frozenset(
    {
        "prompts",
        "wrong_key",
        "no_key",
        "ask",
        "unknown",
        "again",
        "join",
        "wrong",
        "before",
        "after",
        "read_back",
        "confirm",
        "hours",
        "change",
        "taken",
        "rules",
    }
)


def problem_text(problem: Problem) -> str:
    """What is wrong and what to do, without the place."""
    params = dict(problem.params)
    if "language" in params:
        params["language"] = option_name(str(params["language"]))
    return str(PROBLEMS[problem.code]) % params


def option_name(value: str) -> str:
    return str(OPTIONS.get(value, value))
