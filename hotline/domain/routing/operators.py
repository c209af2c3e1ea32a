"""How a rule compares a fact with what an administrator has typed, by the kind of the fact."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from hotline.domain.calendar import CalendarError, Hours, parse_hours
from hotline.domain.routing.facts import Kind

LONGEST: Final = 500
# Commas of a Chinese keyboard as well.
_COMMA: Final = re.compile(r"[,，、]")


class BadOperand(ValueError):
    """What was typed is no value for this operator."""


def _text(typed: str) -> str:
    return typed.strip()


def _texts(typed: str) -> tuple[str, ...]:
    found = tuple(filter(None, (part.strip() for part in _COMMA.split(typed))))
    if not found:
        raise BadOperand(typed)
    return found


def _number(typed: str) -> int:
    try:
        return int(typed)
    except ValueError as error:
        raise BadOperand(typed) from error


def _numbers(typed: str) -> tuple[int, ...]:
    return tuple(_number(part) for part in _texts(typed))


def _date(typed: str) -> str:
    try:
        return dt.date.fromisoformat(typed.strip()).isoformat()
    except ValueError as error:
        raise BadOperand(typed) from error


def _hours(typed: str) -> Hours:
    try:
        hours = parse_hours(typed)
    except CalendarError as error:
        raise BadOperand(typed) from error
    if not hours:
        raise BadOperand(typed)
    return hours


def _nothing(typed: str) -> None:
    if typed.strip():
        raise BadOperand(typed)


def _within(time: str, hours: Hours) -> bool:
    minute = int(time[:2]) * 60 + int(time[3:5])
    return any(span.start <= minute < span.end for span in hours)


@dataclass(frozen=True, slots=True)
class Operator:
    """`read` makes a value of what was typed and raises :class:`BadOperand`; `holds` compares."""

    read: Callable[[str], Any]
    holds: Callable[[Any, Any], bool]

    @property
    def takes_value(self) -> bool:
        return self.read is not _nothing


def _is(fact: Any, value: Any) -> bool:
    return bool(fact == value)


def _is_not(fact: Any, value: Any) -> bool:
    return bool(fact != value)


def _among(fact: Any, values: Any) -> bool:
    return fact in values


def _at_least(fact: Any, value: Any) -> bool:
    return bool(fact >= value)


def _at_most(fact: Any, value: Any) -> bool:
    return bool(fact <= value)


OPERATORS: Final[Mapping[Kind, Mapping[str, Operator]]] = MappingProxyType(
    {
        "text": {
            "is": Operator(_text, _is),
            "is_not": Operator(_text, _is_not),
            "one_of": Operator(_texts, _among),
            "none_of": Operator(_texts, lambda fact, values: fact not in values),
            "starts_with": Operator(_texts, lambda fact, values: fact.startswith(values)),
            "contains": Operator(_texts, lambda fact, values: any(value in fact for value in values)),
            "empty": Operator(_nothing, lambda fact, _: not fact),
            "not_empty": Operator(_nothing, lambda fact, _: bool(fact)),
        },
        "number": {
            "is": Operator(_number, _is),
            "is_not": Operator(_number, _is_not),
            "at_least": Operator(_number, _at_least),
            "at_most": Operator(_number, _at_most),
            "one_of": Operator(_numbers, _among),
        },
        "flag": {
            "yes": Operator(_nothing, lambda fact, _: fact),
            "no": Operator(_nothing, lambda fact, _: not fact),
        },
        "date": {
            "is": Operator(_date, _is),
            "from": Operator(_date, _at_least),
            "until": Operator(_date, _at_most),
        },
        "time": {
            "within": Operator(_hours, _within),
            "outside": Operator(_hours, lambda fact, hours: not _within(fact, hours)),
        },
    }
)
