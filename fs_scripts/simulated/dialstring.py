"""Dial strings: ``{a=b}[c=d]user/1001@domain,[e=f]sofia/gateway/carrier/12345|error/user_busy``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Leg:
    """One endpoint to call, with the variables for its channel."""

    endpoint: str
    variables: dict[str, str]


@dataclass(frozen=True)
class DialString:
    """``variables`` are for every leg; ``groups`` are tried in turn, the legs of one group at once."""

    variables: dict[str, str]
    groups: tuple[tuple[Leg, ...], ...]


def _brackets(text: str, opening: str, closing: str) -> tuple[dict[str, str], str]:
    """Variables in one or more leading pairs of brackets, and what follows them."""
    found: dict[str, str] = {}
    text = text.lstrip()
    while text.startswith(opening):
        inner, text = _until(text[1:], closing)
        delimiter = ","
        if inner.startswith("^^") and len(inner) > 2:
            delimiter, inner = inner[2], inner[3:]
        for pair in _split(inner, delimiter):
            name, equals, value = pair.partition("=")
            if equals:
                found[name.strip()] = _bare(value)
        text = text.lstrip()
    return found, text


def _until(text: str, closing: str) -> tuple[str, str]:
    quoted = False
    for index, letter in enumerate(text):
        if letter == "'" and not (index and text[index - 1] == "\\"):
            quoted = not quoted
        elif letter == closing and not quoted:
            return text[:index], text[index + 1 :]
    return text, ""


def _split(text: str, delimiter: str) -> list[str]:
    """Split at ``delimiter`` outside of quotes; a backslash keeps the character after it."""
    parts, current, quoted, index = [], "", False, 0
    while index < len(text):
        letter = text[index]
        if letter == "\\" and index + 1 < len(text) and text[index + 1] in (delimiter, "'"):
            current += letter + text[index + 1]
            index += 2
            continue
        if letter == "'":
            quoted = not quoted
        if letter == delimiter and not quoted:
            parts.append(current)
            current = ""
        else:
            current += letter
        index += 1
    return [*parts, current]


def _bare(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] == "'":
        value = value[1:-1]
    return value.replace("\\,", ",").replace("\\'", "'")


def _outside(text: str, delimiter: str) -> list[str]:
    """Split at ``delimiter`` outside of square brackets."""
    parts, current, depth = [], "", 0
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        if letter == delimiter and depth <= 0:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [*parts, current]


def parse_dial_string(text: str) -> DialString:
    shared, rest = _brackets(text, "{", "}")
    groups = []
    for group in _outside(rest, "|"):
        legs = []
        for item in _outside(group, ","):
            own, endpoint = _brackets(item, "[", "]")
            if endpoint.strip():
                legs.append(Leg(endpoint.strip(), own))
        groups.append(tuple(legs))
    return DialString(shared, tuple(groups))
