"""Working hours, holidays and make-up workdays, and the switch for the demo."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import ValidationError

from hotline.domain.calendar import CalendarError, Hours, WorkingHours, format_hours, parse_hours
from hotline.domain.permissions import Permission
from hotline.store.queries import calendar as store
from hotline.store.queries.settings import get_setting, set_setting
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.days import BadDay, hours_wrong, make_day, read_days
from webadmin.formats import local
from webadmin.forms import Form, at_most, options, required, stripped
from webadmin.guard import permission
from webadmin.live.commands import announce
from webadmin.services import services
from webadmin.tables import BadRow, as_csv
from webadmin.year import months_of

bp = Blueprint("calendar", __name__, url_prefix="/calendar")

ALWAYS_OPEN: Final = "demo.always_open"
_LARGEST: Final = 1_000_000

KINDS: Final = {"holiday": _l("Holiday"), "workday": _l("Make-up workday"), "special": _l("Special day")}
REASONS: Final = {
    "working_hours": _l("Working hours"),
    "outside_hours": _l("Outside the working hours"),
    "rest_day": _l("Rest day"),
    "holiday": _l("Holiday"),
    "make_up_workday": _l("Make-up workday"),
    "special_day": _l("Special day"),
}
WEEK: Final = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
LETTERS: Final = (_l("Mo"), _l("Tu"), _l("We"), _l("Th"), _l("Fr"), _l("Sa"), _l("Su"))


class HoursField(StringField):
    """Hours of a day as people type them; empty is a day off."""

    def pre_validate(self, form: Form) -> None:  # noqa: ARG002 - WTForms passes it
        try:
            parse_hours(self.data or "")
        except CalendarError as error:
            raise ValidationError(hours_wrong(self.data or "")) from error

    def hours(self) -> Hours:
        return parse_hours(self.data or "")


class HoursForm(Form):
    day_1 = HoursField(WEEK[0])
    day_2 = HoursField(WEEK[1])
    day_3 = HoursField(WEEK[2])
    day_4 = HoursField(WEEK[3])
    day_5 = HoursField(WEEK[4])
    day_6 = HoursField(WEEK[5])
    day_7 = HoursField(WEEK[6])
    make_up = HoursField(_l("Make-up workday"))

    def week(self) -> WorkingHours:
        days = [self._fields[f"day_{number}"].hours() for number in range(1, 8)]
        return WorkingHours(week=tuple(days), make_up=self.make_up.hours())


class DayForm(Form):
    day = StringField(_l("Date"), [required()], filters=[stripped])
    kind = SelectField(_l("Kind"), choices=options(KINDS.items()))
    name = StringField(_l("Name"), [required(), at_most(80)], filters=[stripped])
    hours = StringField(_l("Hours"), [at_most(80)], filters=[stripped])
    provisional = BooleanField(_l("Not announced yet"))


@bp.app_context_processor
def shared() -> dict[str, Any]:
    return {"day_kinds": KINDS, "open_reasons": REASONS, "week_days": WEEK, "week_letters": LETTERS}


@bp.get("/")
@permission(Permission.FLOWS_VIEW)
def index() -> ResponseReturnValue:
    return _page()


@bp.post("/hours")
@permission(Permission.SETTINGS_EDIT)
def save_hours() -> ResponseReturnValue:
    form = HoursForm()
    if not form.validate():
        return _page(hours=form), 422
    wanted = form.week()

    def save(db: Session) -> None:
        before = store.working_hours(db)
        store.set_working_hours(db, wanted)
        audit(db, "calendar.hours", "setting", "calendar.hours", hours=[_shown(before), _shown(wanted)])

    change(save)
    announce("calendar")
    flash(_("The weekly hours were saved."), "success")
    return redirect(url_for("calendar.index"))


@bp.post("/days")
@permission(Permission.SETTINGS_EDIT)
def save_day() -> ResponseReturnValue:
    """Add a day, or change the one of that date."""
    form = DayForm()
    if form.validate():
        try:
            day = make_day(form.day.data, form.kind.data, form.name.data, form.hours.data or "")
        except BadDay as error:
            form[error.field].errors = [str(error)]
        else:
            provisional = form.provisional.data

            def save(db: Session) -> bool:
                known = store.put_day(db, day, provisional=provisional)
                hours = format_hours(day.hours)
                audit(
                    db,
                    "calendar.day",
                    "calendar_day",
                    day.date.isoformat(),
                    kind=day.kind,
                    name=day.name,
                    hours=hours,
                )
                return known

            known = change(save)
            announce("calendar")
            done = _("%(day)s was changed.", day=day.date) if known else _("%(day)s was added.", day=day.date)
            flash(done, "success")
            return redirect(url_for("calendar.index", year=day.date.year))
    return _page(day=form), 422


@bp.post("/days/<day>/delete")
@permission(Permission.SETTINGS_EDIT)
def delete_day(day: str) -> ResponseReturnValue:
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise NotFound from error

    def remove(db: Session) -> bool:
        gone = store.delete_day(db, wanted)
        if gone:
            audit(db, "calendar.delete_day", "calendar_day", day)
        return gone

    if not change(remove):
        raise NotFound
    announce("calendar")
    flash(_("%(day)s follows the weekly hours again.", day=day), "success")
    return redirect(url_for("calendar.index", year=wanted.year))


@bp.post("/import")
@permission(Permission.SETTINGS_EDIT)
def import_days() -> ResponseReturnValue:
    """Take the days of a file. Rows that are none are shown with the reason; the others are saved."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash(_("Choose a file first."), "error")
        return redirect(url_for("calendar.index"))
    name = sent.filename
    days, bad = read_days(sent.read(_LARGEST))

    def save(db: Session) -> int:
        known = sum(store.put_day(db, row.day, provisional=row.provisional) for row in days)
        audit(db, "calendar.import", "calendar", name[:64], days=len(days), replaced=known, refused=len(bad))
        return known

    if days:
        known = change(save)
        announce("calendar")
        flash(
            _("%(n)s days were taken over, %(known)s of them replaced.", n=len(days), known=known), "success"
        )
    if not bad:
        return redirect(
            url_for("calendar.index", year=days[0].day.date.year) if days else url_for("calendar.index")
        )
    return _page(bad=bad, file=name), 422


@bp.get("/export.csv")
@permission(Permission.FLOWS_VIEW)
def export() -> ResponseReturnValue:
    """The days as a table that can be imported again."""
    rows = [
        (row.day.isoformat(), row.kind, row.name, row.hours, "yes" if row.provisional else "")
        for row in store.all_days(session())
    ]
    return Response(
        as_csv(("date", "kind", "name", "hours", "provisional"), rows),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="calendar.csv"'},
    )


@bp.get("/export.json")
@permission(Permission.FLOWS_VIEW)
def export_json() -> ResponseReturnValue:
    """The days for programs, in a form that can be imported again."""
    days = [
        {
            "date": row.day.isoformat(),
            "kind": row.kind,
            "name": row.name,
            "hours": row.hours,
            "provisional": row.provisional,
        }
        for row in store.all_days(session())
    ]
    return Response(
        json.dumps({"days": days}, ensure_ascii=False, indent=2) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="calendar.json"'},
    )


@bp.post("/always-open")
@permission(Permission.SETTINGS_EDIT)
def switch() -> ResponseReturnValue:
    """Have the demo answer at any hour, or not."""
    wanted = request.form.get("on") == "yes"

    def turn(db: Session) -> None:
        before = bool(get_setting(db, ALWAYS_OPEN, default=False))
        set_setting(db, ALWAYS_OPEN, wanted)
        audit(db, "calendar.switch", "setting", ALWAYS_OPEN, on=[before, wanted])

    change(turn)
    heard = announce("calendar")
    said = _("The hotline is open at any hour.") if wanted else _("The hotline follows the calendar again.")
    flash(
        said if heard else said + " " + _("The call side does not answer at the moment."),
        "success" if heard else "warning",
    )
    return redirect(url_for("calendar.index"))


def _shown(hours: WorkingHours) -> str:
    return " | ".join(format_hours(day) or "–" for day in (*hours.week, hours.make_up))


def _page(
    *,
    hours: HoursForm | None = None,
    day: DayForm | None = None,
    bad: list[BadRow] | None = None,
    file: str = "",
) -> str:
    now = services().clock()
    today = local(now)
    # What is announced for next year is entered this year.
    years = sorted({*store.years_with_days(session()), today.year, today.year + 1})
    asked = request.args.get("year", type=int)
    year = asked if asked in years else today.year
    days = store.days_of_year(session(), year)
    return render_template(
        "calendar/index.html",
        hours=hours or _filled(),
        form=day or _day_asked(),
        days=days,
        months=months_of(year, store.working_hours(session()), days),
        year=year,
        years=years,
        today=today.date(),
        state=store.load_calendar(session()).is_open(now),
        always_open=bool(get_setting(session(), ALWAYS_OPEN, default=False)),
        bad=bad or [],
        file=file,
        until=_until,
    )


def _until(at: float) -> datetime | None:
    """The instant of the next change; None where it is too far to be known."""
    return local(at) if at < 1e11 else None


def _filled() -> HoursForm:
    stored = store.working_hours(session())
    values = {f"day_{number}": format_hours(hours) for number, hours in enumerate(stored.week, start=1)}
    return HoursForm(formdata=None, data={**values, "make_up": format_hours(stored.make_up)})


def _day_asked() -> DayForm:
    """The form of the day that ``edit=`` names; an empty one without."""
    try:
        asked = date.fromisoformat(request.args.get("edit", ""))
    except ValueError:
        return DayForm(formdata=None)
    row = store.day_row(session(), asked)
    if row is None:
        return DayForm(formdata=None, data={"day": asked.isoformat()})
    values = {"day": row.day.isoformat(), "kind": row.kind, "name": row.name}
    return DayForm(formdata=None, data={**values, "hours": row.hours, "provisional": row.provisional})
