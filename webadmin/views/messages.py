"""Voice messages: what callers left after the beep."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.domain.permissions import Permission
from hotline.store.base import from_epoch
from hotline.store.calls import VoiceMessage
from hotline.store.queries.access import voice_messages_within
from webadmin.audit import audit
from webadmin.database import change, session
from webadmin.guard import permission
from webadmin.hearing import note_hearing
from webadmin.identity import person
from webadmin.lookup import find
from webadmin.media import recording_file, send_sound
from webadmin.paging import paged
from webadmin.periods import day_start, days_sent
from webadmin.services import services
from webadmin.views.calls import names_in

bp = Blueprint("messages", __name__, url_prefix="/messages")


@bp.get("/")
@permission(Permission.RECORDINGS_LISTEN)
def index() -> ResponseReturnValue:
    heard = request.args.get("heard", "")
    since, until = days_sent()
    statement = select(VoiceMessage).where(voice_messages_within(person().scope))
    if heard == "no":
        statement = statement.where(VoiceMessage.heard_at.is_(None))
    if since:
        statement = statement.where(VoiceMessage.left_at >= day_start(since))
    if until:
        statement = statement.where(VoiceMessage.left_at < day_start(until, after=1))
    page = paged(session(), statement.order_by(VoiceMessage.left_at.desc(), VoiceMessage.id.desc()))
    return render_template(
        "messages/index.html",
        page=page,
        there={message.id for message in page.rows if recording_file(message.path) is not None},
        names=names_in(person().scope),
        heard=heard,
        since=since,
        until=until,
    )


@bp.get("/<int:message_id>/audio")
@permission(Permission.RECORDINGS_LISTEN)
def audio(message_id: int) -> ResponseReturnValue:
    """The message for the player. Listening is written to the operation log."""
    message = find(VoiceMessage, message_id)
    if recording_file(message.path) is not None:
        note_hearing("message.listen", "message", message_id, message.interaction_id)
    return send_sound(message.path)


@bp.post("/<int:message_id>/heard")
@permission(Permission.RECORDINGS_LISTEN)
def mark_heard(message_id: int) -> ResponseReturnValue:
    """Somebody has dealt with the message; it leaves the list of new ones."""
    me, now = person(), from_epoch(services().clock())

    def mark(db: Session) -> None:
        message = find(VoiceMessage, message_id, db=db)
        if message.heard_at is None:
            message.heard_by, message.heard_at = me.login, now
            audit(db, "message.heard", "message", message_id, interaction=message.interaction_id)

    change(mark)
    return redirect(url_for("messages.index", heard=request.form.get("heard", "")))
