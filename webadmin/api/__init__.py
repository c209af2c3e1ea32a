"""The REST interface under ``/api/v1`` and its description."""

from __future__ import annotations

from apiflask import APIFlask
from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter

from webadmin.guard import public

bp = Blueprint("api", __name__, url_prefix="/api/v1")


@bp.get("/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    """The description of the interface (OpenAPI 3)."""
    return jsonify(current_app.spec)  # type: ignore[attr-defined]


@bp.get("/docs")
@public
def documentation() -> ResponseReturnValue:
    return render_template("api/documentation.html")


def register(app: APIFlask, limiter: Limiter) -> None:
    """Add the REST interface to *app*; *limiter* slows down those who ask for tokens."""
    app.register_blueprint(bp)
