"""Codes, such as ticket and document numbers: which recording says which sign, the same in every language."""

from __future__ import annotations

from string import ascii_uppercase, digits
from typing import Final

_SIGNS: Final = {
    **{digit: f"d{digit}" for digit in digits},
    **{letter: f"letter_{letter.lower()}" for letter in ascii_uppercase},
    "-": "dash",
    "/": "slash",
    ".": "point",
}


def code_sign(sign: str) -> str:
    """The prompt id of one *sign*. Raises ValueError for one that no code has."""
    try:
        return _SIGNS[sign]
    except KeyError:
        raise ValueError(f"{sign!r} is no sign of a code") from None
