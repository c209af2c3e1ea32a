"""How numbers, dates, times, durations and money are read in Mandarin, as lists of prompt ids.

Everything below one hundred is one recording ("n23" is 二十三), so that the common values sound as one word;
what is larger is put together from those and the powers (bai, qian, wan, yi). Two rules of the language
decide most of the rest:

* 二 is 两 before a measure word and, at the head of a number, before 千, 万 and 亿 (两位, 两千);
* a gap of powers is bridged by one 零 (一千零五), and inside a number ten is 一十 (一百一十).

Digits in telephone fashion read 1 as 幺, since 一 and 七 are mistaken for each other on the telephone.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase
from types import MappingProxyType

from hotline.domain.speech.codes import code_sign

_DIGITS = "零一二三四五六七八九"
_LARGEST = 10**12 - 1
_POWERS = ((10**8, "yi"), (10**4, "wan"), (1, ""))


def _below_hundred(n: int) -> str:
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十") + (
        _DIGITS[ones] if ones or not tens else ""
    )


def _make_atoms() -> dict[str, str]:
    atoms = {f"n{n}": _below_hundred(n) for n in range(100)}
    atoms |= {f"d{n}": "幺" if n == 1 else _DIGITS[n] for n in range(10)}
    atoms |= {"liang": "两", "bai": "百", "qian": "千", "wan": "万", "yi": "亿", "minus": "负", "point": "点"}
    atoms |= {f"letter_{letter.lower()}": letter for letter in ascii_uppercase}
    atoms |= {"dash": "杠", "slash": "斜杠", "percent": "百分之"}
    atoms |= {f"month{n}": _below_hundred(n) + "月" for n in range(1, 13)}
    atoms |= {f"day{n}": _below_hundred(n) + "日" for n in range(1, 32)}
    atoms |= {f"weekday{n}": "星期" + day for n, day in enumerate("一二三四五六日", start=1)}
    atoms |= {f"hour{n}": ("两" if n == 2 else _below_hundred(n)) + "点" for n in range(13)}
    atoms |= {f"minute{n}": ("零" if n < 10 else "") + _below_hundred(n) + "分" for n in range(1, 60)}
    atoms |= {"dawn": "凌晨", "morning": "上午", "noon": "中午", "afternoon": "下午", "evening": "晚上"}
    atoms |= {"year": "年", "hours": "小时", "minutes": "分钟", "seconds": "秒"}
    return atoms | {"yuan": "元", "jiao": "角", "fen": "分"}


ATOMS: Mapping[str, str] = MappingProxyType(_make_atoms())
"""Each prompt id that this module may answer with, and its Chinese."""


def number(n: int) -> tuple[str, ...]:
    """The whole number *n* as it is read alone. Raises ValueError beyond ±(10¹² - 1)."""
    if abs(n) > _LARGEST:
        raise ValueError(f"{n} is too large to be read out")
    if n < 0:
        return ("minus", *number(-n))
    if n < 100:
        return (f"n{n}",)
    words: list[str] = []
    skipped = False
    for power, word in _POWERS:
        group, n = divmod(n, power)
        if group:
            words += _group(group, first=not words, skipped=skipped)
            words += [word] if word else []
        skipped = bool(words) and not group
    return tuple(words)


def count(n: int) -> tuple[str, ...]:
    """The whole number *n* before a measure word: two is 两."""
    return ("liang",) if n == 2 else number(n)


def decimal(negative: bool, whole: int, fraction: str, percent: bool) -> tuple[str, ...]:
    """A number with the digits of its *fraction*; 百分之 comes before it. Raises ValueError like
    :func:`number`.
    """
    sign = ("minus",) if negative else ()
    part = ("percent",) if percent else ()
    behind = ("point", *(f"n{digit}" for digit in fraction)) if fraction else ()
    return (*sign, *part, *number(whole), *behind)


def digits(text: str) -> tuple[str, ...]:
    """*text* sign by sign, digits in telephone fashion. Raises ValueError for anything but 0 to 9, A to Z and
    the signs of a code.
    """
    return tuple(code_sign(sign) for sign in text)


def date(year: int, month: int, day: int) -> tuple[str, ...]:
    """A day of the calendar; the year is read digit by digit."""
    return (*(f"n{digit}" for digit in str(year)), "year", f"month{month}", f"day{day}")


def weekday(day: int) -> tuple[str, ...]:
    """A day of the week, 1 (Monday) to 7 (Sunday)."""
    return (f"weekday{day}",)


def time(hour: int, minute: int) -> tuple[str, ...]:
    """A time of day, in hours of 12 with the part of the day before."""
    if hour < 6:
        part = "dawn"
    elif hour < 12:
        part = "morning"
    elif hour == 12:
        part = "noon"
    elif hour < 18:
        part = "afternoon"
    else:
        part = "evening"
    spoken = (part, f"hour{hour if hour <= 12 else hour - 12}")
    return (*spoken, f"minute{minute}") if minute else spoken


def duration(seconds: int) -> tuple[str, ...]:
    """A length of time in hours, minutes and seconds; parts that are nought are left out."""
    minutes, rest = divmod(seconds, 60)
    parts = ((minutes // 60, "hours"), (minutes % 60, "minutes"), (rest, "seconds"))
    words = [word for value, unit in parts if value for word in (*count(value), unit)]
    return tuple(words) or ("n0", "seconds")


def money(fen: int) -> tuple[str, ...]:
    """An amount of renminbi, given in fen (hundredths of a yuan)."""
    if fen < 0:
        return ("minus", *money(-fen))
    yuan, rest = divmod(fen, 100)
    jiao, single = divmod(rest, 10)
    words = [*count(yuan), "yuan"] if yuan or not rest else []
    if jiao:
        words += [f"n{jiao}", "jiao"]
    elif yuan and single:
        words.append("n0")
    if single:
        words += [f"n{single}", "fen"]
    return tuple(words)


def _group(n: int, *, first: bool, skipped: bool) -> list[str]:
    """1 to 9999 in front of its power; *first* in the number, or after a group of four noughts that was
    *skipped*.
    """
    if first and n < 100:
        return ["liang" if n == 2 else f"n{n}"]
    thousands, below = divmod(n, 1000)
    hundreds, rest = divmod(below, 100)
    words = [] if first or (thousands and not skipped) else ["n0"]
    if thousands:
        words += ["liang" if first and thousands == 2 else f"n{thousands}", "qian"]
    if hundreds:
        words += [f"n{hundreds}", "bai"]
    if rest:
        bridged = words == ["n0"]
        if not bridged and (rest < 10 or not hundreds):
            words.append("n0")
        words += ["n1", f"n{rest}"] if 10 <= rest < 20 else [f"n{rest}"]
    return words
