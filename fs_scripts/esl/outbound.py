"""The server that FreeSWITCH's dialplan connects to, one connection and one greenlet for each call."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

import structlog
from gevent import socket
from gevent.pool import Pool
from gevent.server import StreamServer

from fs_scripts.esl.channel import EVENTS, CallConnection, Channel, Completed, Execution
from fs_scripts.esl.connection import configure
from fs_scripts.esl.errors import ChannelGone, EslError

__all__ = ["CallServer", "Channel", "Completed", "Execution"]

log = structlog.get_logger(__name__)

#: Calls that may wait to be accepted: a burst after the active handler died.
BACKLOG: Final = 512


class CallServer:
    """Listens for FreeSWITCH's outbound connections and runs the handler for each call.

    When the handler returns, the connection is closed and the dialplan goes on with its next action. When
    it raises, the call is hung up with NORMAL_TEMPORARY_FAILURE; ChannelGone is no failure. A handler that
    is killed, as :meth:`stop` does, leaves the call alone: the dialplan's next action is the standby.
    """

    def __init__(
        self,
        host: str,
        port: int,
        handler: Callable[[Channel], None],
        *,
        max_calls: int = 2000,
        events: Collection[str] = EVENTS,
    ) -> None:
        """``port`` 0 takes a free one. Beyond ``max_calls`` a connection is closed at once, so the dialplan
        goes on.
        """
        self._handler = handler
        self._max_calls = max_calls
        self._events = tuple(events)
        self._calls = Pool()
        self._server = StreamServer((host, port), self._serve, spawn=self._calls, backlog=BACKLOG)

    @property
    def port(self) -> int:
        return self._server.server_port or 0

    @property
    def calls(self) -> int:
        """How many calls are being handled now."""
        return len(self._calls)

    def start(self) -> None:
        """Listen. Raises OSError when the address is taken."""
        self._server.start()
        configure(self._server.socket)

    def stop(self, timeout: float = 5.0) -> None:
        """Take no more calls; wait that many seconds for the running ones, leave the rest to the dialplan."""
        self._server.stop(timeout)

    def _serve(self, sock: socket.socket, address: Any) -> None:
        if len(self._calls) > self._max_calls:
            log.warning("too many calls, one is left to the dialplan", calls=len(self._calls))
            sock.close()
            return
        connection = CallConnection(address, sock)
        try:
            self._handle(connection)
        finally:
            connection.stop()

    def _handle(self, connection: CallConnection) -> None:
        try:
            channel = Channel.open(connection, self._events)
        except EslError as error:
            log.warning("a connection that became no call", because=str(error))
            return
        try:
            self._handler(channel)
        except ChannelGone:
            log.debug("caller gone", call=channel.uuid, cause=channel.hangup_cause)
        except Exception:
            log.exception("the call's handler failed", call=channel.uuid)
            self._give_up(channel)
        finally:
            channel.close()

    def _give_up(self, channel: Channel) -> None:
        try:
            channel.hangup("NORMAL_TEMPORARY_FAILURE")
        except EslError as error:
            log.warning("the call could not be hung up", call=channel.uuid, because=str(error))
