"""The pages. One module a page set; this one knows them all."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter

from webadmin.views import home, profile, session, tokens

_PAGES = (home, profile, session, tokens)


def register(app: Flask, limiter: Limiter) -> None:
    """Add every page set to *app*; guessing passwords is slowed down by *limiter*."""
    for module in _PAGES:
        app.register_blueprint(module.bp)
    limiter.limit("20 per minute", methods=["POST"])(app.view_functions["session.sign_in"])
