"""Tokens, health and the figures for monitoring."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import Forbidden, Unauthorized

from hotline.domain.permissions import Permission
from hotline.store.base import from_epoch
from hotline.store.db import DatabaseAway
from webadmin.api.calls import iso
from webadmin.api.schemas import HealthOut, TokenIn, TokenOut, problems
from webadmin.database import change
from webadmin.guard import permission, public
from webadmin.identity import Person, person, person_or_none
from webadmin.services import services
from webadmin.sign_in import check_credentials
from webadmin.tokens import issue_token, revoke_token
from webadmin.version import VERSION

bp = APIBlueprint("api_access", __name__, url_prefix="/api/v1", tag="Access")


@bp.post("/tokens")
@public
@bp.input(TokenIn, arg_name="body")
@bp.output(TokenOut, status_code=201)
@bp.doc(summary="A token for an account and its password", responses=problems(401, 403, 429))
def create_token(body: dict[str, Any]) -> ResponseReturnValue:
    """The token has the rights of the account. Five wrong passwords lock the account for 15 minutes."""
    found = check_credentials(body["login"], body["password"])
    if not isinstance(found, Person):
        raise Unauthorized(f"Sign-in refused: {found}")
    if not found.can(Permission.TOKENS_OWN):
        raise Forbidden
    life = timedelta(days=body["days"])
    token = issue_token(found, body["name"], life)
    return {
        "token": token,
        "token_type": "Bearer",
        "expires_at": iso(from_epoch(services().clock()) + life),
    }


@bp.delete("/tokens/current")
@permission(Permission.TOKENS_OWN)
@bp.output({}, status_code=204)
@bp.doc(summary="Revoke the token that this request shows", responses=problems(401))
def revoke_current() -> ResponseReturnValue:
    me = person()
    token_id = me.token_id
    if token_id is None:
        raise Unauthorized("This works with a token only.")
    change(lambda db: revoke_token(db, me, token_id))
    return "", 204


@bp.get("/health")
@public
@bp.output(HealthOut)
@bp.doc(summary="Whether the parts are there; 503 when the database is not")
def health() -> ResponseReturnValue:
    picture = services().mirror.snapshot()
    try:
        services().database.ping()
        database = True
    except DatabaseAway:
        database = False
    call_side = picture is not None
    body = {
        "status": "ok" if database and call_side else "degraded",
        "database": database,
        "call_side": call_side,
        "switch": picture.switch if picture else "none",
        "switch_connected": bool(picture and picture.switch_connected),
        "version": VERSION,
    }
    return body, 200 if database else 503


def metrics() -> ResponseReturnValue:
    """The process's figures for Prometheus: from this machine, or with the right to change settings."""
    someone = person_or_none()
    near = ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104
    # A proxy on this machine speaks for others.
    through_proxy = "X-Forwarded-For" in request.headers
    if (not near or through_proxy) and not (someone and someone.can(Permission.SETTINGS_EDIT)):
        raise Forbidden
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
