"""The web server: gevent's pywsgi in this process, with the WebSocket, an access log and a graceful stop."""

from __future__ import annotations

from typing import Any, Final

import structlog
from gevent.pywsgi import WSGIHandler, WSGIServer

from webadmin.app import create_app
from webadmin.live.push import LivePush
from webadmin.services import Services

_log = structlog.get_logger(__name__)

# Lines that say nothing: style sheets, and the question whether we are alive.
_QUIET: Final = ("/static/", "/api/v1/health", "/metrics")


class _Handler(WSGIHandler):
    """Writes the access log as structured lines, without query strings: numbers of callers stand in them."""

    def log_request(self) -> None:
        path = (self.path or "").partition("?")[0]
        if path.startswith(_QUIET):
            return
        duration = (self.time_finish - self.time_start) if self.time_finish else 0.0
        _log.info(
            "request",
            method=self.command,
            path=path,
            status=self.code,
            ms=round(duration * 1000),
            address=self.environ.get("REMOTE_ADDR", "") if self.environ else "",
        )


class WebServer:
    """The console and the REST interface on one port.

    ``start`` returns when the port is open (:class:`OSError` when it is taken); ``stop`` takes no new
    requests, lets running ones end for a moment, and closes the WebSockets.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self.app = create_app(services)
        self._push = LivePush(self.app, services)
        address = services.settings.http
        self._server = WSGIServer(
            (address.host, address.port), self.app, handler_class=_Handler, log=None, error_log=_ErrorLog()
        )

    @property
    def port(self) -> int:
        """The port that is listened on; of use when the settings say 0."""
        return int(self._server.address[1])

    def start(self) -> None:
        self._server.start()
        self._services.mirror.start()
        self._push.start()

    def serve_forever(self) -> None:
        """Start, and return when :meth:`stop` was called."""
        self.start()
        self._server.serve_forever()

    def stop(self, timeout: float = 3.0) -> None:
        self._push.stop()
        self._services.mirror.stop()
        self._server.stop(timeout=timeout)


class _ErrorLog:
    """What pywsgi writes about broken connections and requests, as log lines."""

    def write(self, text: str) -> None:
        for line in text.rstrip().splitlines():
            _log.warning("web_server", line=line[:500])

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing is held back."""
