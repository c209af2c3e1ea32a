"""How numbers, dates, times, durations and money are read in English, as lists of prompt ids.

The twin of :mod:`hotline.domain.speech.mandarin`: the same functions with the same meaning, for callers who
chose English.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase
from types import MappingProxyType

from hotline.domain.speech.codes import code_sign

_LARGEST = 10**12 - 1
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_POWERS = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"), (1, ""))


def _below_hundred(n: int) -> str:
    if n < 20:
        return _ONES[n]
    tens, ones = divmod(n, 10)
    return f"{_TENS[tens - 2]} {_ONES[ones]}" if ones else _TENS[tens - 2]


def _ordinal(n: int) -> str:
    if n <= 20:
        return _ORDINALS[n - 1]
    return "thirtieth" if n == 30 else f"{_TENS[n // 10 - 2]} {_ORDINALS[n % 10 - 1]}"


def _make_atoms() -> dict[str, str]:
    atoms = {f"n{n}": _below_hundred(n) for n in range(100)}
    atoms |= {f"d{n}": _ONES[n] for n in range(10)}
    atoms |= {word: word for word in ("minus", "point", "and", "hundred", "thousand", "million", "billion")}
    atoms |= {f"letter_{letter.lower()}": letter for letter in ascii_uppercase}
    atoms |= {word: word for word in ("dash", "slash", "percent")}
    atoms |= {f"month{n}": month for n, month in enumerate(_MONTHS, start=1)}
    atoms |= {f"day{n}": _ordinal(n) for n in range(1, 32)}
    atoms |= {f"weekday{n}": day for n, day in enumerate(_DAYS, start=1)}
    atoms |= {f"minute{n}": f"oh {_ONES[n]}" for n in range(1, 10)}
    atoms |= {"am": "A M", "pm": "P M"}
    for unit in ("hour", "minute", "second"):
        atoms |= {unit: unit, f"{unit}s": f"{unit}s"}
    return atoms | {"yuan": "yuan", "fen": "fen"}


ATOMS: Mapping[str, str] = MappingProxyType(_make_atoms())
"""Each prompt id that this module may answer with, and its English."""


def number(n: int) -> tuple[str, ...]:
    """The whole number *n*. Raises ValueError beyond ±(10¹² - 1)."""
    if abs(n) > _LARGEST:
        raise ValueError(f"{n} is too large to be read out")
    if n < 0:
        return ("minus", *number(-n))
    if n < 100:
        return (f"n{n}",)
    words: list[str] = []
    for power, word in _POWERS:
        group, n = divmod(n, power)
        if group:
            hundreds, rest = divmod(group, 100)
            words += [f"n{hundreds}", "hundred"] if hundreds else []
            words += ["and"] if rest and (hundreds or (power == 1 and words)) else []
            words += [f"n{rest}"] if rest else []
            words += [word] if word else []
    return tuple(words)


def count(n: int) -> tuple[str, ...]:
    """The whole number *n* before what is counted; in English no different from :func:`number`."""
    return number(n)


def decimal(negative: bool, whole: int, fraction: str, percent: bool) -> tuple[str, ...]:
    """A number with the digits of its *fraction*. Raises ValueError like :func:`number`."""
    sign = ("minus",) if negative else ()
    behind = ("point", *(f"n{digit}" for digit in fraction)) if fraction else ()
    return (*sign, *number(whole), *behind, *(("percent",) if percent else ()))


def digits(text: str) -> tuple[str, ...]:
    """*text* sign by sign. Raises ValueError for anything but 0 to 9, A to Z and the signs of a code."""
    return tuple(code_sign(sign) for sign in text)


def date(year: int, month: int, day: int) -> tuple[str, ...]:
    """A day of the calendar; the year in pairs of digits where that is usual."""
    century, rest = divmod(year, 100)
    if year < 1000 or year % 1000 < 10:
        spoken = number(year)
    elif rest == 0:
        spoken = (f"n{century}", "hundred")
    else:
        spoken = (f"n{century}", f"minute{rest}" if rest < 10 else f"n{rest}")
    return (f"month{month}", f"day{day}", *spoken)


def weekday(day: int) -> tuple[str, ...]:
    """A day of the week, 1 (Monday) to 7 (Sunday)."""
    return (f"weekday{day}",)


def time(hour: int, minute: int) -> tuple[str, ...]:
    """A time of day, in hours of 12."""
    half = "am" if hour < 12 else "pm"
    spoken = f"n{hour % 12 or 12}"
    if not minute:
        return (spoken, half)
    return (spoken, f"minute{minute}" if minute < 10 else f"n{minute}", half)


def duration(seconds: int) -> tuple[str, ...]:
    """A length of time in hours, minutes and seconds; parts that are nought are left out."""
    minutes, rest = divmod(seconds, 60)
    parts = ((minutes // 60, "hour"), (minutes % 60, "minute"), (rest, "second"))
    words = [
        word
        for value, unit in parts
        if value
        for word in (*number(value), unit if value == 1 else f"{unit}s")
    ]
    return tuple(words) or ("n0", "seconds")


def money(fen: int) -> tuple[str, ...]:
    """An amount of renminbi, given in fen (hundredths of a yuan)."""
    if fen < 0:
        return ("minus", *money(-fen))
    yuan, rest = divmod(fen, 100)
    words = [*number(yuan), "yuan"] if yuan or not rest else []
    if yuan and rest:
        words.append("and")
    return (*words, *((f"n{rest}", "fen") if rest else ()))
