"""Who is calling: the lists of preferred (VIP), refused (black) and always admitted (white) numbers.

An entry is a whole number or the beginning of numbers, in the spelling of
:func:`hotline.domain.numbers.national`, and may end at an instant. Looking a number up costs as many steps as
there are different lengths of beginnings, however long the lists are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from hotline.domain.numbers import national


class ListKind(StrEnum):
    VIP = "vip"
    BLACK = "black"
    WHITE = "white"


HIGHEST_BONUS: Final = 100


class ListEntry(NamedTuple):
    """One row. ``number`` is spelled as numbers are compared; ``bonus`` is the priority that a VIP's call
    gets on top; ``expires_at`` is seconds since the epoch, None for never.
    """

    kind: str
    number: str
    is_prefix: bool = False
    bonus: int = 0
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """What the lists say of a caller. ``vip`` is the priority bonus, None for everybody else.

    Whoever is on the white list is never ``black``: it is how an exception from a refused beginning is made.
    ``pardoned`` is such an exception.
    """

    vip: int | None = None
    black: bool = False
    white: bool = False
    pardoned: bool = False


NOBODY: Final = Membership()


class CallerLists:
    """The lists as the calls ask them. *area* is the own area code; see :mod:`hotline.domain.numbers`."""

    def __init__(self, entries: Iterable[ListEntry] = (), *, area: str = "") -> None:
        self._area = area
        self._whole: dict[str, tuple[ListEntry, ...]] = {}
        self._begins: dict[str, tuple[ListEntry, ...]] = {}
        count = 0
        for entry in entries:
            table = self._begins if entry.is_prefix else self._whole
            table[entry.number] = (*table.get(entry.number, ()), entry)
            count += 1
        self._lengths = sorted({len(number) for number in self._begins})
        self._count = count

    def __len__(self) -> int:
        return self._count

    def of(self, number: str, now: float) -> Membership:
        """What *number* is at *now*; a withheld number is on no list."""
        spelled = national(number, self._area)
        if not spelled:
            return NOBODY
        found = [*self._whole.get(spelled, ())]
        for length in self._lengths:
            if length > len(spelled):
                break
            found += self._begins.get(spelled[:length], ())
        valid = [entry for entry in found if entry.expires_at is None or now < entry.expires_at]
        if not valid:
            return NOBODY
        kinds = {entry.kind for entry in valid}
        return Membership(
            vip=max((e.bonus for e in valid if e.kind == ListKind.VIP), default=None),
            black=ListKind.BLACK in kinds and ListKind.WHITE not in kinds,
            white=ListKind.WHITE in kinds,
            pardoned={ListKind.BLACK, ListKind.WHITE} <= kinds,
        )
