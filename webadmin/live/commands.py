"""Orders to the call side, as views give them."""

from __future__ import annotations

import structlog

from hotline.live.bus import NoCallSide
from hotline.live.messages import Command, ReloadConfiguration, Reply
from webadmin.identity import person
from webadmin.services import services

_log = structlog.get_logger(__name__)


class Refused(Exception):
    """The call side understood and said no; ``code`` is one of the errors that the command names."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail or code)
        self.code = code
        self.detail = detail


def order(command: Command, timeout: float = 5.0) -> Reply:
    """Send *command* and return the answer. Raises :class:`Refused` and :class:`NoCallSide`."""
    reply = services().bus.request(command, timeout=timeout)
    if not reply.ok:
        raise Refused(reply.error, reply.detail)
    return reply


def announce(*parts: str) -> bool:
    """Tell the call side that *parts* of the configuration changed; False when it could not be told.

    A call side that is away reads everything anew when it starts, so that this is no error.
    """
    try:
        order(ReloadConfiguration(by=person().login, parts=parts), timeout=3.0)
    except (NoCallSide, Refused) as error:
        _log.warning("reload_not_delivered", parts=parts, reason=str(error))
        return False
    return True
