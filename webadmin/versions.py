"""What the pages of flows and of routing scripts share: one version opened, saved, compared, published, planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from hotline.store.base import from_epoch
from hotline.store.queries import publishing
from hotline.store.queries import versions as store
from hotline.store.queries.versions import StaleVersion
from hotline.store.versions import Document, Version
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.formats import LOCAL, date_time, local
from webadmin.identity import person
from webadmin.live.commands import announce
from webadmin.lookup import find
from webadmin.services import services

D = TypeVar("D", bound=Document)
COMMENT_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a version was not published as planned; ``where`` in it."""

    where: str
    text: str

    def __str__(self) -> str:
        return _("%(what)s: %(more)s", what=self.where, more=self.text) if self.where else self.text


@dataclass(frozen=True, slots=True)
class Kind(Generic[D]):
    """A kind of document. Its editor is the view ``show`` of the blueprint named as its ``part``, its versions
    are in the blueprint with ``_versions`` behind; who may publish has the right ``<part>.publish``.

    ``add`` saves a version, ``reasons`` puts into words what a version was refused for. The texts: what it is,
    what is told when version ``version`` was published, what is asked before version ``n`` is, and what
    publishing does.
    """

    model: type[D]
    add: Callable[..., Version]
    reasons: Callable[[Version], list[Reason]]
    title: LazyString
    published: LazyString
    asked: LazyString
    effect: LazyString

    def url(self, view: str, code: str, **values: Any) -> str:
        """The address of ``show``, or of one of the versions' views."""
        part = self.model.part
        blueprint = part if view == "show" else f"{part}_versions"
        return url_for(f"{blueprint}.{view}", code=code, **values)

    def question(self, number: int) -> str:
        return str(self.asked) % {"n": number}

    def may(self, verb: str) -> bool:
        """Whether the person may ``edit`` or ``publish`` these documents."""
        return person().can(f"{self.model.part}.{verb}")


@dataclass(frozen=True, slots=True)
class Opened(Generic[D]):
    """A document at one of its versions; ``newest`` is the number of the last one: only that one is edited."""

    kind: Kind[D]
    row: D
    version: Version
    newest: int

    @property
    def is_newest(self) -> bool:
        return self.version.number == self.newest

    @property
    def is_published(self) -> bool:
        return self.version.number == self.row.published_version

    @property
    def is_older(self) -> bool:
        """Whether publishing it would be a rollback."""
        return self.row.published_version is not None and self.version.number < self.row.published_version

    @property
    def soonest(self) -> str:
        """The first minute for which publishing can be planned, as a field of a browser has it."""
        return local(services().clock()).strftime("%Y-%m-%dT%H:%M")


def open_version(
    kind: Kind[D], code: str, number: int | None = None, *, db: Session | None = None
) -> Opened[D]:
    """Version *number*, the newest by default. Raises 404."""
    used = db or session()
    row = find(kind.model, code, db=used)
    newest = store.version_of(used, row)
    version = newest if number is None else store.version_of(used, row, number)
    if newest is None or version is None:
        raise NotFound
    return Opened(kind, row, version, newest.number)


def save(kind: Kind[D], code: str, content: Mapping[str, Any], *, base: int, comment: str) -> int:
    """Add a version made from version *base*, and return its number. Raises :class:`StaleVersion`."""
    me, at = person(), from_epoch(services().clock())

    def add(db: Session) -> int:
        row = find(kind.model, code, db=db)
        saved = kind.add(db, row, content, base=base, comment=comment[:COMMENT_LETTERS], by=me.login, at=at)
        noun = kind.model.noun
        audit(db, f"{noun}.save", noun, code, version=saved.number, comment=saved.comment)
        return saved.number

    return change(add)


def stale_text(error: StaleVersion) -> str:
    return _(
        "%(by)s saved version %(n)s while you were editing. Nothing of yours was saved yet.",
        by=error.by,
        n=error.number,
    )


def continue_from(opened: Opened[Any]) -> ResponseReturnValue:
    """Make the content of an old version the newest draft, to go on from there."""
    kind, code = opened.kind, opened.row.code
    comment = _("Continued from version %(n)s", n=opened.version.number)
    try:
        saved = save(kind, code, opened.version.content, base=opened.newest, comment=comment)
    except StaleVersion as error:
        flash(stale_text(error), "error")
        return redirect(kind.url("versions", code))
    flash(_("Version %(n)s was saved as a draft.", n=saved), "success")
    return redirect(kind.url("show", code))


def compared(opened: Opened[Any]) -> tuple[Version, Version]:
    """The versions ``before`` and ``after``: by default the published and the newest one. Raises 404."""
    before = request.args.get("before", type=int) or opened.row.published_version or 1
    after = request.args.get("after", type=int) or opened.newest
    old, new = (store.version_of(session(), opened.row, number) for number in (before, after))
    if old is None or new is None:
        raise NotFound
    return old, new


def asked_number() -> int:
    """The version that a form is about."""
    return request.form.get("number", type=int) or 0


def publish(opened: Opened[Any], problems: int) -> ResponseReturnValue:
    """Publish the open version, unless it has *problems*: now, or at the local time ``at``."""
    number = opened.version.number
    if problems:
        flash(
            _(
                "Version %(version)s was not published: it has %(n)s problems. Correct them first.",
                version=number,
                n=problems,
            ),
            "error",
        )
    elif request.form.get("when") == "later":
        _plan(opened)
    else:
        _publish(opened)
    return redirect(opened.kind.url("show", opened.row.code, version=number))


def cancel(kind: Kind[Any], code: str, number: int) -> ResponseReturnValue:
    """Version *number* is not published at the time that was planned; that it was not, as planned, is settled."""
    noun = kind.model.noun

    def forget(db: Session) -> bool:
        version = open_version(kind, code, number, db=db).version
        had_plan = version.publish_at is not None or version.refused is not None
        publishing.cancel(version)
        if had_plan:
            audit(db, f"{noun}.plan", noun, code, version=number, at=None)
        return had_plan

    if change(forget):
        flash(_("Version %(n)s will not be published by itself.", n=number), "success")
    return redirect(kind.url("versions", code))


def _publish(opened: Opened[Any]) -> None:
    kind, code, number = opened.kind, opened.row.code, opened.version.number
    me, at = person(), from_epoch(services().clock())

    def put(db: Session) -> None:
        again = open_version(kind, code, number, db=db)
        before = publishing.publish_version(again.row, again.version, by=me.login, at=at)
        done = publishing.action(again.row, before, number)
        audit(db, done, kind.model.noun, code, version=[before, number])

    change(put)
    if announce(kind.model.part):
        flash(str(kind.published) % {"version": number}, "success")
    else:
        flash(
            _(
                "Version %(version)s is published. The call side does not answer at the moment; it takes the "
                "version when it is back.",
                version=number,
            ),
            "warning",
        )


def _plan(opened: Opened[Any]) -> None:
    kind, code, number = opened.kind, opened.row.code, opened.version.number
    me, at = person(), _moment(request.form.get("at", ""))
    if at is None or at <= from_epoch(services().clock()):
        flash(_("Time of publication: choose one that is still to come."), "error")
        return

    def put(db: Session) -> None:
        publishing.plan(open_version(kind, code, number, db=db).version, by=me.login, at=at)
        noun = kind.model.noun
        audit(db, f"{noun}.plan", noun, code, version=number, at=at.isoformat())

    change(put)
    flash(_("Version %(n)s will be published at %(at)s.", n=number, at=date_time(at)), "success")


def _moment(text: str) -> datetime | None:
    """A time on the hotline's wall clock, as a browser sends it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL)
    except ValueError:
        return None
