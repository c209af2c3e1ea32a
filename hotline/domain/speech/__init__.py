"""What is spoken with values in it: numbers, dates, times and money as lists of prompt ids, a recording
each.

Each language is a module with the same functions and ``ATOMS``, the texts of the ids that it uses. Languages
are named as the folders of the prompts are: ``zh``, ``en``. Everything here is pure; the ids are played by
whoever holds the call.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from types import ModuleType
from zoneinfo import ZoneInfo

from hotline.domain.speech import english, mandarin

LANGUAGES: Mapping[str, ModuleType] = {"zh": mandarin, "en": english}
KINDS = ("number", "count", "digits", "date", "time", "duration", "money")
LOCAL = ZoneInfo("Asia/Shanghai")
_NUMBER = re.compile(r"(-?)(\d{1,13})(?:\.(\d{1,6}))?(%?)", re.ASCII)


class Unspeakable(ValueError):
    """A value cannot be read out: an unknown language or kind, or a value that is not of that kind."""


def atoms(lang: str) -> Mapping[str, str]:
    """The ids that the functions below may answer with, and what is said there, in *lang*."""
    return _language(lang).ATOMS  # type: ignore[no-any-return]


def say_number(n: int, lang: str) -> tuple[str, ...]:
    """The whole number *n* read alone."""
    return _spoken(lang, "number", n)


def say_count(n: int, lang: str) -> tuple[str, ...]:
    """The whole number *n* in front of what is counted; Mandarin says 两, not 二, there."""
    return _spoken(lang, "count", n)


def say_decimal(text: str, lang: str) -> tuple[str, ...]:
    """A number as it is written: ``-12``, ``3.5``, ``3.5%``; the digits behind the point one by one."""
    written = _NUMBER.fullmatch(text)
    if written is None:
        raise Unspeakable(f"{text!r} is no number")
    minus, whole, fraction, percent = written.groups()
    return _spoken(lang, "decimal", bool(minus), int(whole), fraction or "", bool(percent))


def say_digits(text: str, lang: str) -> tuple[str, ...]:
    """A telephone, agent or ticket number, sign by sign: digits, Latin letters, and what stands between them
    (``-``, ``/``, ``.``).
    """
    return _spoken(lang, "digits", text.upper())


def say_date(day: dt.date, lang: str) -> tuple[str, ...]:
    """A day of the calendar with its year."""
    return _spoken(lang, "date", day.year, day.month, day.day)


def say_weekday(day: dt.date, lang: str) -> tuple[str, ...]:
    """The day of the week of *day*."""
    return _spoken(lang, "weekday", day.isoweekday())


def say_time(hour: int, minute: int, lang: str) -> tuple[str, ...]:
    """A time of day, *hour* from 0 to 23."""
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise Unspeakable(f"{hour}:{minute} is no time of day")
    return _spoken(lang, "time", hour, minute)


def say_moment(moment: float, lang: str, zone: dt.tzinfo = LOCAL) -> tuple[str, ...]:
    """Date and time of *moment* (seconds since the epoch, UTC) as clocks in *zone* show it."""
    local = dt.datetime.fromtimestamp(moment, zone)
    return say_date(local.date(), lang) + say_time(local.hour, local.minute, lang)


def say_duration(seconds: float, lang: str) -> tuple[str, ...]:
    """A length of time, to the nearest second."""
    if seconds < 0:
        raise Unspeakable(f"{seconds} seconds is no length of time")
    return _spoken(lang, "duration", round(seconds))


def say_money(fen: int, lang: str) -> tuple[str, ...]:
    """An amount of renminbi in fen (hundredths of a yuan)."""
    return _spoken(lang, "money", fen)


def say(kind: str, value: str, lang: str) -> tuple[str, ...]:
    """A value that came as text (from a flow, from attached data), read as one of :data:`KINDS`.

    ``number`` may have decimals and be a percentage, ``digits`` may have letters (``A12-3``). ``date`` is
    ``2026-11-24``, ``time`` is ``09:30``, ``duration`` is in seconds, ``money`` is in yuan with
    up to two decimals. Raises :class:`Unspeakable` where the text is not that.
    """
    try:
        return _say(kind, value.strip(), lang)
    except ValueError as error:
        raise Unspeakable(f"{value!r} cannot be read as {kind}") from error


def _say(kind: str, value: str, lang: str) -> tuple[str, ...]:
    match kind:
        case "number":
            return say_decimal(value, lang)
        case "count":
            return say_count(int(value), lang) if value.isdecimal() else say_decimal(value, lang)
        case "digits":
            return say_digits(value, lang)
        case "date":
            return say_date(dt.date.fromisoformat(value), lang)
        case "time":
            if not re.fullmatch(r"\d{1,2}:\d{2}", value, re.ASCII):
                raise Unspeakable(f"{value!r} is no time of day")
            hour, minute = value.split(":")
            return say_time(int(hour), int(minute), lang)
        case "duration":
            return say_duration(int(value), lang)
        case "money":
            if not re.fullmatch(r"-?\d{1,13}(\.\d{1,2})?", value, re.ASCII):
                raise Unspeakable(f"{value!r} is no amount in yuan")
            return say_money(int(Decimal(value) * 100), lang)
        case _:
            raise Unspeakable(f"nothing is known of the kind {kind!r}; the kinds are {', '.join(KINDS)}")


def _language(lang: str) -> ModuleType:
    try:
        return LANGUAGES[lang]
    except KeyError:
        raise Unspeakable(
            f"nothing can be read out in {lang!r}; the languages are {', '.join(LANGUAGES)}"
        ) from None


def _spoken(lang: str, function: str, *values: object) -> tuple[str, ...]:
    language = _language(lang)
    try:
        return getattr(language, function)(*values)  # type: ignore[no-any-return]
    except ValueError as error:
        raise Unspeakable(str(error)) from error
