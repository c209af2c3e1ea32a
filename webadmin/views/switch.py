"""What the telephone switch asks and tells: phone accounts (mod_xml_curl) and call records (mod_json_cdr)."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from hotline.domain.directory import DOMAIN, DeskUser, a1_hash, document
from hotline.store.cdr import MAX_BYTES
from hotline.store.queries.agents import agent_by_extension
from hotline.store.records import receive
from webadmin.database import session
from webadmin.guard import switch_only
from webadmin.services import services

bp = Blueprint("switch", __name__, url_prefix="/fs")


@bp.post("/directory")
@switch_only
def directory() -> ResponseReturnValue:
    """The account of one desk phone as XML; "not found" makes the switch look in its own files."""
    extension = request.form.get("user", "") if request.form.get("section") == "directory" else ""
    seat = None
    if extension and request.form.get("domain", DOMAIN) == DOMAIN:
        seat = agent_by_extension(session(), extension)
    user = None
    if seat is not None:
        password = services().vault.open(seat.sip_password_sealed)
        user = DeskUser(
            extension=seat.extension,
            a1_hash=a1_hash(seat.extension, password),
            name=seat.user.name,
            agent=seat.number,
        )
    return Response(document(user), mimetype="text/xml")


@bp.post("/cdr")
@switch_only
def call_record() -> ResponseReturnValue:
    """Take one leg's record: the body as JSON, or in a form field ``cdr``.

    A record that cannot be read is listed with its reason and accepted, since sending it again would not
    help. While the database is away the answer is 503, and the switch keeps the record as a file.
    """
    if (request.content_length or 0) > MAX_BYTES:
        raise RequestEntityTooLarge
    # The body comes first: the switch calls it form data even where it is plain JSON.
    content = request.get_data(cache=True, parse_form_data=False)
    if content.startswith(b"cdr="):
        content = request.form.get("cdr", "").encode("utf-8", "surrogateescape")
    receive(services().database, content, source="http", now=services().clock())
    return Response(status=200)
