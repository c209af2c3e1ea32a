"""What goes wrong, said over HTTP: one table, as a page for people and as problem+json (RFC 9457) for
programs.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import structlog
from apiflask import APIFlask, HTTPError
from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, Unauthorized

from hotline.live.bus import NoCallSide
from hotline.store.db import DatabaseAway
from hotline.store.errors import Conflict, InUse, Invalid
from hotline.store.queries.queues import Unfit
from webadmin.live.commands import Refused
from webadmin.queues.words import problem_text

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """How one kind of error is told. ``code`` is for programs; ``remedy`` says what the reader can do."""

    status: int
    code: str
    title: LazyString
    remedy: LazyString


_NOT_FOUND = Trouble(
    404,
    "not_found",
    _l("Not found"),
    _l("The address is wrong, the record does not exist, or it belongs to another organisation."),
)
_INTERNAL = Trouble(
    500,
    "internal_error",
    _l("Something went wrong"),
    _l("The error has been written down. Try again; if it stays, tell the administrator when it was."),
)

# By the class of the exception, the first that fits; then by the HTTP status.
DOMAIN: Final[tuple[tuple[type[Exception], Trouble], ...]] = (
    (
        CSRFError,
        Trouble(
            400,
            "csrf",
            _l("The form is out of date"),
            _l("Go back, load the page again and send the form once more."),
        ),
    ),
    (
        DatabaseAway,
        Trouble(
            503,
            "database_away",
            _l("The database cannot be reached"),
            _l("Calls go on meanwhile. Try again in a minute; if it stays, tell the administrator."),
        ),
    ),
    (
        NoCallSide,
        Trouble(
            503,
            "no_call_side",
            _l("The call side does not answer"),
            _l("Calls cannot be steered from here at the moment. Try again in a few seconds."),
        ),
    ),
    (Conflict, Trouble(409, "conflict", _l("The value is taken"), _l("Choose another value."))),
    (InUse, Trouble(409, "in_use", _l("It is still in use"), _l("Remove what uses it first."))),
    (
        Invalid,
        Trouble(
            422,
            "invalid",
            _l("A value cannot be used"),
            _l("Correct the value that is named and send it again."),
        ),
    ),
    (
        Unfit,
        Trouble(
            422,
            "invalid",
            _l("A value cannot be used"),
            _l("Correct the value that is named and send it again."),
        ),
    ),
)
REFUSALS: Final[dict[str, Trouble]] = {
    "not_allowed_now": Trouble(
        409,
        "not_allowed_now",
        _l("That is not possible at the moment"),
        _l("The state has changed meanwhile. Look at the current state and try again."),
    ),
    "unknown_agent": Trouble(
        404,
        "unknown_agent",
        _l("The call side does not know this agent"),
        _l("Check that the agent is active."),
    ),
    "unknown_call": Trouble(404, "unknown_call", _l("The call is over"), _l("Nothing needs to be done.")),
    "unknown_ticket": Trouble(
        404, "unknown_ticket", _l("Nobody waits for this callback any more"), _l("Nothing needs to be done.")
    ),
    "being_called": Trouble(
        409,
        "being_called",
        _l("This customer is being called right now"),
        _l("Wait until the attempt is over, then try again."),
    ),
    "bad_number": Trouble(
        422,
        "bad_number",
        _l("Nobody is called back at this number"),
        _l("Use a mobile or landline number of this country, a landline with its area code."),
    ),
    "number_waits": Trouble(
        409,
        "number_waits",
        _l("This number is to be called back already"),
        _l("Cancel one of the two callbacks."),
    ),
    "switch_away": Trouble(
        503,
        "switch_away",
        _l("The switch does not answer"),
        _l("Calls that are up go on. Try again in a moment."),
    ),
    "store_away": Trouble(
        503,
        "store_away",
        _l("The call side cannot reach the database"),
        _l("It works with what it knows. Try again in a moment."),
    ),
    "unknown_state": Trouble(
        422, "unknown_state", _l("There is no such state"), _l("Use one of idle, busy, rest and signed_out.")
    ),
}
_REFUSED = Trouble(409, "refused", _l("That was refused"), _l("Look at the current state and try again."))
STATUS: Final[dict[int, Trouble]] = {
    400: Trouble(400, "bad_request", _l("The request cannot be understood"), _l("Check what was sent.")),
    401: Trouble(401, "unauthorized", _l("Please sign in"), _l("Sign in, or send a valid token.")),
    403: Trouble(
        403,
        "forbidden",
        _l("You are not allowed to do this"),
        _l("Ask the administrator for the right, if your work needs it."),
    ),
    404: _NOT_FOUND,
    405: Trouble(
        405, "method_not_allowed", _l("This cannot be done here"), _l("Go back to the page before.")
    ),
    413: Trouble(413, "too_large", _l("The file is too large"), _l("Send a smaller file.")),
    416: Trouble(
        416, "bad_range", _l("There is no such part of the file"), _l("Ask for a range within the file.")
    ),
    422: Trouble(
        422, "invalid", _l("A value cannot be used"), _l("Correct the value that is named and send it again.")
    ),
    429: Trouble(429, "too_many_requests", _l("Too many attempts"), _l("Wait a minute, then try again.")),
    500: _INTERNAL,
}


def trouble_of(error: Exception) -> Trouble:
    """What to say about *error*."""
    if isinstance(error, Refused):
        return REFUSALS.get(error.code, _REFUSED)
    for kind, trouble in DOMAIN:
        if isinstance(error, kind):
            return trouble
    if isinstance(error, HTTPException):
        return STATUS.get(error.code or 500, _INTERNAL if (error.code or 500) >= 500 else STATUS[400])
    return _INTERNAL


def set_up(app: APIFlask) -> None:
    """Answer every error of *app* in the form that its caller reads."""

    # This comes first: it also registers a handler for all HTTP errors, which ours then replaces.
    @app.error_processor
    def validation_problem(error: HTTPError) -> Response:
        fields = [
            {"field": name, "message": " ".join(_texts(messages))}
            for place in dict(error.detail or {}).values()
            for name, messages in place.items()
        ]
        trouble = STATUS.get(error.status_code, STATUS[400])
        return problem(trouble, detail=error.message or "", errors=fields)

    for kind, _ in DOMAIN:
        app.register_error_handler(kind, _answer)
    app.register_error_handler(Refused, _answer)
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Exception, _answer)


def wants_problem() -> bool:
    """Whether the caller is a program: the REST interface, the switch, and scripts of our own pages."""
    asks_for_json = request.accept_mimetypes.best == "application/json"
    return asks_for_json or request.path.startswith(("/api/", "/fs/", "/metrics"))


def problem(trouble: Trouble, *, detail: str = "", errors: list[dict[str, Any]] | None = None) -> Response:
    """A problem document; ``errors`` names each field with what is wrong and the remedy."""
    body: dict[str, Any] = {
        "type": f"urn:hotline:problem:{trouble.code}",
        "title": str(trouble.title),
        "status": trouble.status,
        "code": trouble.code,
        "detail": detail or str(trouble.remedy),
        "remedy": str(trouble.remedy),
    }
    if errors:
        body["errors"] = errors
    response = jsonify(body)
    response.status_code = trouble.status
    response.content_type = "application/problem+json"
    return response


def _answer(error: Exception) -> ResponseReturnValue:
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error.get_response()
    trouble = trouble_of(error)
    if trouble.status >= 500:
        _log.error(
            "request_failed", path=request.path, code=trouble.code, exc_info=trouble is _INTERNAL and error
        )
    if wants_problem():
        response = problem(trouble, detail=_detail(error), errors=_fields(error))
        if trouble.status == HTTPStatus.UNAUTHORIZED:
            scheme = "Basic" if request.path.startswith("/fs/") else "Bearer"
            response.headers["WWW-Authenticate"] = f'{scheme} realm="hotline"'
        return response
    if isinstance(error, Unauthorized):
        return _to_sign_in()
    if request.headers.get("HX-Request"):
        return render_template("partials/notice.html", trouble=trouble, detail=_detail(error)), trouble.status
    return render_template("errors/page.html", trouble=trouble, detail=_detail(error)), trouble.status


def _to_sign_in() -> ResponseReturnValue:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    target = url_for("session.sign_in") + (
        f"?next={quote(wanted, safe='/')}" if wanted not in ("", "/") else ""
    )
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": url_for("session.sign_in")})
    return redirect(target)


def _detail(error: Exception) -> str:
    if isinstance(error, Refused):
        return error.detail
    return str(error) if isinstance(error, Conflict | InUse | Invalid) else ""


def _fields(error: Exception) -> list[dict[str, Any]]:
    if isinstance(error, Conflict | Invalid):
        return [{"field": error.field, "message": str(error)}]
    if isinstance(error, Unfit):
        return [{"field": found.field, "message": problem_text(found)} for found in error.problems]
    return []


def _texts(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [f"{key}: {text}" for key, value in messages.items() for text in _texts(value)]
    return [str(text) for text in messages] if isinstance(messages, list) else [str(messages)]
