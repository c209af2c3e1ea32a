"""One spelling for a telephone number, whichever way the carrier or a person writes it.

In China the same mobile arrives as 13812345678, 013812345678 (dialled across areas), 8613812345678 or
+8613812345678, and the same landline as 051253520000, 51253520000, +8651253520000 or, from within its own
area, 53520000. Numbers are compared in the form that people know: a mobile with its eleven digits, a landline
with area code and leading zero, a foreign number with 00 before it.
"""

import re
from typing import Final

_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
# Reached all over the country without an area code.
_NATIONWIDE: Final = re.compile(r"[48]00\d{7}")
_COUNTRY: Final = "86"
# 86 before a number is the country's only if a whole number follows; a local number may begin with 86, too.
_LEAST_WITH_COUNTRY: Final = 12


def national(number: str, area: str = "") -> str:
    """*number* in the spelling in which numbers are compared; "" for a caller who withholds it.

    *area* is the own area code (0512), for numbers from within it that come without one.
    """
    digits, international = _digits(number)
    if international and not digits.startswith(_COUNTRY):
        return f"00{digits}" if digits else ""
    if digits.startswith(_COUNTRY) and (international or len(digits) >= _LEAST_WITH_COUNTRY):
        digits = digits[len(_COUNTRY) :]
    if digits.startswith("0"):
        return digits[1:] if _MOBILE.fullmatch(digits[1:]) else digits
    if _MOBILE.fullmatch(digits) or _NATIONWIDE.fullmatch(digits):
        return digits
    if len(digits) in {7, 8}:
        return f"{area}{digits}"
    return f"0{digits}" if 9 <= len(digits) <= 11 else digits


def national_prefix(prefix: str) -> str:
    """The beginning of numbers as a person writes it (0512, +86138), to be compared with :func:`national`."""
    digits, international = _digits(prefix)
    if international:
        if not digits.startswith(_COUNTRY):
            return f"00{digits}" if digits else ""
        digits = digits[len(_COUNTRY) :]
        return digits if re.match(r"1[3-9]|[048]", digits) or not digits else f"0{digits}"
    return digits[1:] if re.match(r"01[3-9]", digits) else digits


def _digits(number: str) -> tuple[str, bool]:
    """The digits, and whether the country code is among them for certain."""
    text = number.strip()
    digits = "".join(c for c in text if c in "0123456789")
    if text.startswith("+"):
        return digits, True
    return (digits[2:], True) if digits.startswith("00") else (digits, False)
