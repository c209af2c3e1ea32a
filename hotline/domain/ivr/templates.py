"""Texts with attached data in them: "NSRSBH=${taxpayer}"."""

import re
from collections.abc import Callable, Mapping
from typing import Final

_PLACE: Final = re.compile(r"\$\{([A-Za-z0-9_-]{1,40})\}")


def is_template(text: str) -> bool:
    """Whether each `${` is a place for a datum."""
    return text.count("${") == len(_PLACE.findall(text))


def names_in(text: str) -> tuple[str, ...]:
    """The data that the text speaks of, in their order."""
    return tuple(_PLACE.findall(text))


def fill(text: str, data: Mapping[str, str], as_written: Callable[[str], str] = str) -> str:
    """The text with data in place of their names, each brought into shape by `as_written`; what is not
    attached leaves nothing.
    """
    return _PLACE.sub(lambda place: as_written(data.get(place[1], "")), text)
