"""What can go wrong between us and FreeSWITCH."""

from __future__ import annotations


class EslError(Exception):
    """Base of all errors of this layer."""


class ConnectionLost(EslError):
    """The connection to FreeSWITCH is gone; what was being waited for may or may not have been done."""


class ProtocolError(EslError):
    """The other side does not speak Event Socket; the connection is closed."""


class CommandTimeout(EslError):
    """No answer in time. The answer is still awaited and dropped when it comes, so the next one is not
    mistaken for it.
    """


class CommandFailed(EslError):
    """FreeSWITCH refused: ``-ERR`` or ``-USAGE``.

    ``reply`` is FreeSWITCH's whole answer.
    """

    def __init__(self, command: str, reply: str) -> None:
        super().__init__(f"{command.splitlines()[0] if command else ''}: {reply}")
        self.command = command
        self.reply = reply


class ChannelGone(EslError):
    """The caller's channel hung up, or its socket closed: an ordinary outcome.

    ``cause`` is FreeSWITCH's hang-up cause; None when only the socket closed.
    """

    def __init__(self, cause: str | None = None) -> None:
        super().__init__(cause or "the socket closed")
        self.cause = cause


class InvalidArgument(EslError, ValueError):
    """A value that cannot be sent without meaning something else. ``field`` names it, ``reason`` says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
