"""Long lists, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from flask import request, url_for
from sqlalchemy import Select, func
from sqlalchemy.orm import Session

Row = TypeVar("Row")

PAGE_SIZE: Final = 25
# A jump further than this makes the database read and throw away too much; filters are the way there.
LAST_PAGE: Final = 4000


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list. ``number`` begins with 1."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        return max(1, min(LAST_PAGE, -(-self.total // self.size)))

    @property
    def first_row(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        return (self.number - 1) * self.size + len(self.rows)

    def numbers(self) -> list[int | None]:
        """The page numbers to offer; None stands for a gap."""
        wanted = sorted({1, self.last, *range(max(1, self.number - 2), min(self.last, self.number + 2) + 1)})
        shown: list[int | None] = []
        for number in wanted:
            if shown and shown[-1] is not None and number - shown[-1] > 1:
                shown.append(None)
            shown.append(number)
        return shown

    def url(self, number: int) -> str:
        """The current address with another page number."""
        values: dict[str, Any] = (
            {**request.view_args, **request.args.to_dict(flat=False)}
            if request.view_args
            else (request.args.to_dict(flat=False))
        )
        values["page"] = [str(number)]
        return url_for(request.endpoint or "", **values)


def page_number() -> int:
    """The page asked for; nonsense means the first."""
    asked = request.args.get("page", "1")
    return min(LAST_PAGE, max(1, int(asked))) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def paged(
    db: Session, statement: Select[Row], *, size: int = PAGE_SIZE, total: int | None = None
) -> Page[Row]:
    """The page of *statement* that the request asks for. *total* saves counting where it is known."""
    if total is None:
        counting = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
        total = db.execute(counting).scalar_one()
    number = min(page_number(), max(1, -(-total // size)))
    rows: Sequence[Any] = db.scalars(statement.limit(size).offset((number - 1) * size)).unique().all()
    return Page(rows, number, size, total)
