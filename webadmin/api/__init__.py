"""The REST interface under ``/api/v1`` and its description."""

from __future__ import annotations

from typing import cast

from apiflask import APIFlask
from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from webadmin.api import access, agents, calls, settings
from webadmin.api.schemas import Problem
from webadmin.guard import public, slow_down

bp = Blueprint("api", __name__)


@bp.get("/api/v1/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    """The description of the interface (OpenAPI 3)."""
    return jsonify(cast(APIFlask, current_app).spec)


@bp.get("/api/v1/docs")
@public
def documentation() -> ResponseReturnValue:
    return render_template("api/documentation.html")


bp.get("/metrics")(public(access.metrics))


def register(app: APIFlask, limiter: Limiter) -> None:
    """Add the REST interface to *app*; *limiter* slows down those who guess passwords for tokens."""
    app.config["DESCRIPTION"] = (
        "Calls, agents and queues of the hotline. Get a token from `POST /api/v1/tokens` and send it as "
        "`Authorization: Bearer …`; its rights and reach are those of the account. Errors are "
        "`application/problem+json` and name the field and the remedy."
    )
    app.config["SECURITY_SCHEMES"] = {"token": {"type": "http", "scheme": "bearer"}}
    app.config["OPENAPI_VERSION"] = "3.0.3"
    app.config["HTTP_ERROR_SCHEMA"] = Problem
    app.config["AUTO_404_RESPONSE"] = False
    app.config["AUTO_VALIDATION_ERROR_RESPONSE"] = False
    app.config["VALIDATION_ERROR_STATUS_CODE"] = 422
    app.config["VALIDATION_ERROR_DESCRIPTION"] = "A value cannot be used"
    for blueprint in (bp, calls.bp, agents.bp, settings.bp, access.bp):
        app.register_blueprint(blueprint)
    slow_down(app, limiter, "api_access.create_token")
