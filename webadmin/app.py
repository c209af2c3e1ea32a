"""The application: built by one function from what it needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from apiflask import APIFlask
from flask import request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from webadmin import api, database, errors, formats, guard, i18n, identity, labels, navigation, views
from webadmin.assets import asset
from webadmin.services import Services, attach
from webadmin.version import VERSION

# The largest request: a folder of call records, or a prompt of two minutes in studio quality.
_MAX_REQUEST_BYTES: Final = 64 * 1024 * 1024
_SESSION_LIFE: Final = timedelta(hours=12)

# Scripts come from our own files only. Tabler and ECharts set styles on elements; recordings are played from
# blobs.
CONTENT_SECURITY_POLICY: Final = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "object-src": "'none'",
}


def create_app(services: Services) -> APIFlask:
    """The console and the REST interface over *services*. Raises :class:`ValueError` for an unusable
    set-up.
    """
    settings = services.settings
    app = APIFlask(
        __name__,
        title="Hotline",
        version=VERSION,
        spec_path=None,
        docs_path=None,
        json_errors=False,
    )
    app.config.update(
        SECRET_KEY=settings.secrets.session_key,
        SESSION_COOKIE_NAME="hotline_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        PERMANENT_SESSION_LIFETIME=_SESSION_LIFE,
        MAX_CONTENT_LENGTH=_MAX_REQUEST_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=7),
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    attach(app, services)
    database.set_up(app, services.database)
    identity.set_up(app)
    i18n.set_up(app, settings.home / "cache")
    guard.set_up(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=True)
    Talisman(
        app,
        force_https=False,
        frame_options="DENY",
        strict_transport_security=settings.production,
        session_cookie_secure=settings.production,
        content_security_policy=CONTENT_SECURITY_POLICY,
        referrer_policy="same-origin",
        permissions_policy={"microphone": "(self)", "autoplay": "(self)"},
    )
    errors.set_up(app)
    _set_up_templates(app, services)
    views.register(app, limiter)
    api.register(app, limiter)
    return app


def _set_up_templates(app: APIFlask, services: Services) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    formats.set_up(app)
    # Global, so that macros have them as well.
    app.jinja_env.globals.update(label=labels.label, colour=labels.colour, asset=asset)

    @app.context_processor
    def page() -> dict[str, Any]:
        """What every template may use."""
        return {
            "me": identity.person_or_none(),
            "menu": navigation.menu,
            "language": i18n.language,
            "languages": i18n.LANGUAGES,
            "switch_kind": services.mirror.switch,
            "partial": bool(request.headers.get("HX-Request")),
            "version": VERSION,
        }
