"""The pages. One module a page set; this one knows them all."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter

from webadmin.guard import slow_down
from webadmin.views import (
    agents,
    audit,
    calendar,
    callbacks,
    calls,
    emergency,
    flows,
    flows_editor,
    flows_simulate,
    flows_text,
    flows_versions,
    groups,
    home,
    lists,
    live,
    messages,
    profile,
    prompts,
    queues,
    records,
    replays,
    routing,
    routing_try,
    routing_versions,
    session,
    skills,
    skills_matrix,
    sources,
    switch,
    tokens,
    users,
)

_PAGES = (
    home,
    live,
    calls,
    messages,
    callbacks,
    lists,
    records,
    replays,
    agents,
    groups,
    queues,
    skills,
    skills_matrix,
    flows,
    flows_editor,
    flows_simulate,
    flows_text,
    flows_versions,
    routing,
    routing_try,
    routing_versions,
    prompts,
    calendar,
    sources,
    emergency,
    users,
    tokens,
    audit,
    profile,
    session,
    switch,
)


def register(app: Flask, limiter: Limiter) -> None:
    """Add every page set to *app*; guessing passwords is slowed down by *limiter*."""
    for module in _PAGES:
        app.register_blueprint(module.bp)
    slow_down(app, limiter, "session.sign_in")
