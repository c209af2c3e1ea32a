"""One caller's channel on one outbound connection."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import gevent
import structlog
from gevent import socket
from gevent.event import AsyncResult
from gevent.queue import Empty, Queue
from greenswitch.esl import OutboundSession

from fs_scripts.esl import commands
from fs_scripts.esl.connection import ANSWER, Connection
from fs_scripts.esl.errors import (
    ChannelGone,
    CommandFailed,
    CommandTimeout,
    ConnectionLost,
    EslError,
    ProtocolError,
)
from fs_scripts.esl.events import Event

log = structlog.get_logger(__name__)

#: Seconds that FreeSWITCH keeps the connection after the hang-up, so that the last events still come.
LINGER: Final = 10
#: The notice of the hang-up can overtake the event with its cause; wait that long for it.
CAUSE_GRACE: Final = 0.5
#: A caller who keeps a key pressed must not fill our memory.
MAX_WAITING_EVENTS: Final = 500

EVENTS: Final = (
    "CHANNEL_EXECUTE_COMPLETE",
    "CHANNEL_BRIDGE",
    "CHANNEL_HANGUP",
    "DTMF",
)
#: Applications that begin and end beside a call, two or three in each, and whose ends tell nothing: each would be some 10 kB that
#: FreeSWITCH writes and we read.
UNHEARD: Final = ("set", "record_session")


class CallConnection(Connection, OutboundSession):
    """The connection under a channel. greenswitch's blocking calls are not used: they match by application
    name.
    """

    def __init__(self, client_address: Any, sock: socket.socket) -> None:
        self.channel: Channel | None = None
        super().__init__(client_address, sock)

    def on_event(self, event: Event) -> None:
        if self.channel is not None:
            self.channel.took(event)

    def on_hangup(self, event: Event) -> None:
        """Nothing beside `on_event`, which gets every event."""

    def on_disconnect(self, event: Event) -> None:
        if self.channel is not None and event.get("Content-Disposition") == "linger":
            self.channel.noticed()

    def on_lost(self) -> None:
        if self.channel is not None:
            self.channel.ended(None)


class Execution:
    """An application that was started on a channel."""

    __slots__ = ("_channel", "_on_end", "_result", "app", "posts", "uuid")

    def __init__(
        self, channel: Channel, app: str, uuid: str, *, posts: bool, on_end: Callable[[], None]
    ) -> None:
        self._channel = channel
        self._result: AsyncResult[Event] = AsyncResult()
        self.app = app
        self.uuid = uuid
        self.posts = posts
        self._on_end = on_end

    @property
    def done(self) -> bool:
        """Whether the application has ended (or never will, the channel being gone)."""
        return bool(self._result.ready())

    def wait(self, timeout: float) -> Event:
        """Return the CHANNEL_EXECUTE_COMPLETE of this execution. Raises ChannelGone, CommandTimeout."""
        self._result.wait(timeout)
        if not self._result.ready():
            raise CommandTimeout(f"{self.app} took more than {timeout:g} s")
        event = self._result.get_nowait()
        assert event is not None  # noqa: S101 - for the type checker: a completion is never None
        return event

    def stop(self, timeout: float = 2.0) -> Event:
        """Break the application and wait for its end, as :meth:`wait` does.

        A break that arrives before FreeSWITCH has begun the application is forgotten there, so it is
        repeated.
        """
        deadline = time.monotonic() + timeout
        while not self.done and time.monotonic() < deadline:
            self._channel.break_(timeout)
            self._result.wait(min(0.05, max(0.0, deadline - time.monotonic())))
        return self.wait(0.0)

    def complete(self, event: Event) -> None:
        self._result.set(event)
        self._on_end()

    def fail(self, error: EslError) -> None:
        if not self._result.ready():
            self._result.set_exception(error)


@dataclass(frozen=True, slots=True)
class Completed:
    """In the mailbox: a started execution has ended."""

    execution: Execution
    event: Event


@dataclass(frozen=True, slots=True)
class _Refused:
    """In the mailbox: a started execution was not begun."""

    error: EslError


@dataclass(frozen=True, slots=True)
class _Gone:
    """In the mailbox, and last in it: the channel hung up."""


class Channel:
    """One caller's channel, from the answer to ``connect`` until :meth:`close`.

    Used by the one greenlet that handles the call; :meth:`post` is for all others.
    After the caller hung up :attr:`alive` is false and what needs the channel raises ChannelGone;
    :meth:`api` goes on working as long as FreeSWITCH lingers (ten seconds).
    """

    def __init__(self, connection: CallConnection, data: Event) -> None:
        self.uuid = data.uuid
        self.data = data
        self.hangup_cause: str | None = None
        self.mailbox: Queue[object] = Queue()
        self._connection = connection
        self._latest = data
        self._set: dict[str, str | None] = {}
        self._later: dict[str, str | None] = {}
        self._ahead: list[str] = []
        self._executions: dict[str, Execution] = {}
        self._gone = False
        self._grace: gevent.Greenlet[[str | None], None] | None = None
        self._dropped = 0
        # A handler that takes the call over must not see the end of what its predecessor started as its own.
        self._prefix = f"hl-{secrets.token_hex(4)}-"
        self._count = 0

    @classmethod
    def open(cls, connection: CallConnection, events: Collection[str], timeout: float = ANSWER) -> Channel:
        """Say ``connect`` on a new connection, subscribe to the channel's events and ask to linger.

        Raises EslError when the other side is no FreeSWITCH or the caller is gone already.
        """
        data = connection.send(commands.connect(), timeout)
        if not isinstance(data, Event) or not data.uuid:
            raise ProtocolError("the answer to connect names no channel")
        channel = cls(connection, data)
        connection.channel = channel
        connection.send_all(
            [
                commands.only("Unique-ID", channel.uuid),
                *(commands.never("Application", app) for app in UNHEARD),
                commands.subscribe(events),
                commands.linger(LINGER),
            ],
            timeout,
        )
        return channel

    # -- what is known -----------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether the caller is still there, as far as we know."""
        return not self._gone

    def var(self, name: str) -> str | None:
        """Return the latest known value of a channel variable; what FreeSWITCH sets by itself comes with
        its events.
        """
        for known in (self._later, self._set):
            if name in known:
                return known[name]
        return self._latest.var(name)

    # -- applications ------------------------------------------------------------------------------

    def execute(self, app: str, arg: str | None = None, timeout: float = 30.0) -> Event:
        """Execute an application and wait for its end; returns its CHANNEL_EXECUTE_COMPLETE.

        Raises ChannelGone when the caller hangs up or the socket closes meanwhile, CommandTimeout (the
        application goes on then), CommandFailed. An application that FreeSWITCH does not know hangs up the
        call.
        """
        return self._begin(app, arg, posts=False).wait(timeout)

    def start(self, app: str, arg: str | None = None, *, inside: Sequence[tuple[str, str]] = ()) -> Execution:
        """Start an application. Its end is put into the mailbox as :class:`Completed`.

        The applications *inside* are executed while it runs, as soon as it looks for commands; nobody waits
        for their ends.
        """
        return self._begin(app, arg, posts=True, inside=inside)

    def start_with_next(
        self, app: str, arg: str | None = None, on_end: Callable[[], None] = lambda: None
    ) -> None:
        """Start an application just before the next one, in its packet: FreeSWITCH executes both in one go,
        where two packets may be two audio frames apart.

        Nobody waits for its end; *on_end* is called then, in the reader, and must not wait. Raises
        ChannelGone, InvalidArgument.
        """
        self._check()
        self._ahead.append(self._prepare(app, arg, posts=False, on_end=on_end)[1])

    def _prepare(
        self, app: str, arg: str | None, *, posts: bool, on_end: Callable[[], None] = lambda: None
    ) -> tuple[Execution, str]:
        self._count += 1
        execution = Execution(self, app, f"{self._prefix}{self._count}", posts=posts, on_end=on_end)
        command = commands.execute(app, arg, execution.uuid)
        self._executions[execution.uuid] = execution
        return execution, command

    def _begin(
        self, app: str, arg: str | None, *, posts: bool, inside: Sequence[tuple[str, str]] = ()
    ) -> Execution:
        self._check()
        execution, command = self._prepare(app, arg, posts=posts)
        packet, self._ahead = [*self._ahead, command], []
        packet += [commands.execute(*each) for each in inside]
        later, self._later = self._later, {}
        if later:
            packet.insert(0, commands.api(commands.uuid_setvar_multi(self.uuid, later)))
            self._set.update(later)
        try:
            self._connection.post(packet, partial(self._refused, execution))
        except ConnectionLost:
            self._executions.pop(execution.uuid, None)
            raise ChannelGone(self.hangup_cause) from None
        return execution

    def break_(self, timeout: float = 2.0) -> None:
        """Break what is playing on this channel. Raises ChannelGone, CommandTimeout."""
        self._check()
        self._on_channel(commands.uuid_break(self.uuid), timeout)

    # -- variables and API -------------------------------------------------------------------------

    def api(self, command: str, timeout: float = ANSWER) -> str:
        """Run an API command and return its output, stripped; blocks this channel's connection only.

        Raises CommandFailed (``-ERR``, ``-USAGE``), CommandTimeout, ConnectionLost.
        """
        return self._connection.api(command, timeout)

    def set(self, **variables: str | float | bool | None) -> None:
        """Set channel variables in one round trip; None unsets. Raises ChannelGone, InvalidArgument."""
        self.set_many(variables)

    def set_many(self, variables: Mapping[str, str | float | bool | None]) -> None:
        """Set channel variables in one round trip, as :meth:`set`."""
        self._check()
        self._on_channel(commands.uuid_setvar_multi(self.uuid, variables), ANSWER)
        self._set.update(_written(variables))

    def set_with_next(self, variables: Mapping[str, str | float | bool | None]) -> None:
        """Set channel variables just before the next application, in its packet: no round trip of their own.

        :meth:`var` knows them at once. Raises ChannelGone, InvalidArgument.
        """
        self._check()
        self._later.update(_written(variables))

    def hangup(self, cause: str = "NORMAL_CLEARING") -> None:
        """Hang up the caller, whatever the channel is doing. Does nothing when it is gone already."""
        if self._gone:
            return
        try:
            self._on_channel(commands.uuid_kill(self.uuid, cause), ANSWER)
        except ChannelGone:
            return

    def _on_channel(self, command: str, timeout: float) -> None:
        try:
            self._connection.api(command, timeout)
        except (ConnectionLost, CommandFailed) as error:
            if _tells_gone(error):
                raise ChannelGone(self.hangup_cause) from None
            raise

    # -- the mailbox -------------------------------------------------------------------------------

    def post(self, item: object) -> None:
        """Put something into the mailbox, from any greenlet."""
        self.mailbox.put(item)

    def next(self, timeout: float, *, events: Collection[str] | None = None) -> object | None:
        """Return the next item of the mailbox; None when none came within ``timeout`` seconds.

        Items come in order: Event (DTMF and the life of the channel), :class:`Completed`, and what was
        posted. With ``events`` an Event of any other name is dropped. After the last item of a channel that
        hung up it raises ChannelGone, now and ever after.
        """
        deadline = time.monotonic() + timeout
        while True:
            try:
                left = deadline - time.monotonic()
                item = self.mailbox.get(timeout=left) if left > 0 else self.mailbox.get_nowait()
            except Empty:
                return None
            if isinstance(item, _Gone):
                self.mailbox.put(item)
                raise ChannelGone(self.hangup_cause)
            if isinstance(item, _Refused):
                raise item.error
            if isinstance(item, Event) and events is not None and item.name not in events:
                continue
            return item

    def discard(self, *names: str) -> None:
        """Drop waiting events of these names: digits that were keyed before the question."""
        kept = [item for item in self._drain() if not (isinstance(item, Event) and item.name in names)]
        for item in kept:
            self.mailbox.put(item)

    def _drain(self) -> list[object]:
        return [self.mailbox.get_nowait() for _ in range(self.mailbox.qsize())]

    # -- the end -----------------------------------------------------------------------------------

    def detach(self) -> None:
        """Leave the call to the next action of the dialplan: at once where ``socket_resume`` is set, else
        when what runs ends.
        """
        self.close()

    def close(self) -> None:
        """Close the connection; nothing of this channel is left. May be called again."""
        self.ended(None)
        if self._grace is not None and self._grace is not gevent.getcurrent():
            self._grace.kill()
        self._connection.stop()

    def _check(self) -> None:
        if self._gone:
            raise ChannelGone(self.hangup_cause)

    # -- called by the connection ------------------------------------------------------------------

    def took(self, event: Event) -> None:
        """An event of this channel came."""
        if event.has_variables:
            self._latest = event
            self._set.clear()
        name = event.name
        if name == "CHANNEL_EXECUTE_COMPLETE":
            execution = self._executions.pop(event.get("Application-UUID") or "", None)
            if execution is not None:
                execution.complete(event)
                if execution.posts:
                    self.mailbox.put(Completed(execution, event))
        elif name == "CHANNEL_HANGUP":
            self.ended(event.get("Hangup-Cause"))
        elif self._gone:
            return
        elif self.mailbox.qsize() < MAX_WAITING_EVENTS:
            self.mailbox.put(event)
        else:
            self._dropped += 1
            if self._dropped == 1:
                log.warning("mailbox full, events are dropped", call=self.uuid)

    def _refused(self, execution: Execution, error: EslError) -> None:
        """An application was not begun: whoever waits for it learns why."""
        if self._executions.pop(execution.uuid, None) is None:
            return
        if _tells_gone(error):
            # That the channel has gone is told by its own events as well, with the cause.
            execution.fail(ChannelGone(self.hangup_cause))
            return
        execution.fail(error)
        if execution.posts:
            self.mailbox.put(_Refused(error))

    def noticed(self) -> None:
        """FreeSWITCH says that the channel hung up; the event that says why may still be on its way."""
        if not self._gone and self._grace is None:
            self._grace = gevent.spawn_later(CAUSE_GRACE, self.ended, None)

    def ended(self, cause: str | None) -> None:
        """The channel is gone: wake all who wait for it. Only a cause is news the second time."""
        if cause is not None:
            self.hangup_cause = cause
        if self._gone:
            return
        self._gone = True
        for execution in self._executions.values():
            execution.fail(ChannelGone(cause))
        self._executions.clear()
        self.mailbox.put(_Gone())


def _written(variables: Mapping[str, str | float | bool | None]) -> dict[str, str | None]:
    return {name: commands.value_of(name, value) or None for name, value in variables.items()}


def _tells_gone(error: EslError) -> bool:
    """Whether an error means that the channel is not there any more."""
    if isinstance(error, CommandFailed):
        return "No such channel" in error.reply
    return isinstance(error, ConnectionLost)
