"""The call side, put together: one function's worth of wiring, and its start, take-over and stop.

Several call sides may run on one machine. Each listens; the one that holds the lease answers. The dialplan
tries the first address, then the second, so when the active
process dies its calls arrive at the other within milliseconds, and wait there for the moment that taking the
lease takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import gevent
import structlog
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from fs_scripts import configuration as conf
from fs_scripts import restoring
from fs_scripts.callbacks import Callbacks
from fs_scripts.calls.deps import CallDeps
from fs_scripts.calls.services import LookUps, NoLookUps
from fs_scripts.calls.session import CallSession
from fs_scripts.calls.speaking import Prompts, Speaker
from fs_scripts.calls.variables import FEATURE
from fs_scripts.commands import CommandDesk
from fs_scripts.decision_log import DecisionLog
from fs_scripts.dispatch import Dispatcher, Journal
from fs_scripts.esl.errors import EslError
from fs_scripts.esl.inbound import EventSocket
from fs_scripts.esl.outbound import CallServer, Channel
from fs_scripts.features import serve_feature
from fs_scripts.lease import Lease
from fs_scripts.live_view import LiveView
from fs_scripts.opening import Opening
from fs_scripts.ownership import Ownerships
from fs_scripts.routing import ScriptRouter
from fs_scripts.routing_facts import FactFinder
from fs_scripts.watch import EVENTS, SwitchWatcher
from hotline.config import Address
from hotline.domain import journal as kinds
from hotline.live.bus import LiveBus
from hotline.regions import regions
from hotline.scripting.sandbox import TIME_LIMIT_MS, Sandbox
from hotline.store.db import Database, StoreError
from hotline.store.queries import calls

log = structlog.get_logger(__name__)

_LOCAL: Final = ZoneInfo("Asia/Shanghai")
# A call that reaches a call side without the lease waits this long for it, then goes on in the dialplan.
LEASE_PATIENCE_SECONDS: Final = 0.25
# Once the lease is there, the state has to be read and the switch be asked.
ACTIVATION_PATIENCE_SECONDS: Final = 10.0
_SETTLED_SECONDS: Final = 5.0
# How often calls are looked for that are over and that nobody has closed.
_BOOKS_SECONDS: Final = 60.0
_TRY_AGAIN_SECONDS: Final = 1.0
# With a database that does not answer there is no point in waiting longer; callers wait as well.
CATCH_UP_SECONDS: Final = 3.0
# How long a stop waits for the database before it hands the calls over.
_LAST_WORDS_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class CallSideConfig:
    """Where things are. ``switch_kind`` is ``freeswitch`` or ``simulated``; ``name`` tells several call
    sides apart; a routing script may take ``script_ms``.
    """

    name: str
    listen: Address
    event_socket: Address
    event_socket_password: str
    switch_kind: str
    home: Path
    recordings: Path
    script_ms: int = TIME_LIMIT_MS


class KeptJournal(Journal, Protocol):
    """A journal that has to be started and, at the end, written out."""

    def prepare(self) -> None: ...

    def start(self) -> None: ...

    def flush(self, timeout: float) -> bool: ...

    def stop(self, timeout: float) -> object: ...


class CallSide:
    """Answers calls, runs the ACD, watches the switch."""

    def __init__(
        self,
        config: CallSideConfig,
        database: Database,
        bus: LiveBus,
        prompts: Prompts,
        clock: Callable[[], float],
        journal: KeptJournal,
        write_phones: Callable[[], bool],
        decisions: DecisionLog,
        look_ups: LookUps | None = None,
    ) -> None:
        self._config = config
        self._decisions = decisions
        self._write_phones = write_phones
        self._database = database
        self._bus = bus
        self._clock = clock
        self._configuration: conf.Configuration | None = None
        self._active = Signal()
        self._leased = Signal()
        self._surveyed = Signal()
        self._look_at_books = Signal()
        self._reloading = BoundedSemaphore()
        self._greenlets: list[gevent.Greenlet[..., None]] = []
        self._stop_serving: Callable[[], None] | None = None
        self.journal = journal
        self.view = LiveView(bus, clock, config.switch_kind)
        epoch = f"{int(clock() * 1000):x}"
        self.dispatcher = Dispatcher(epoch, self.journal, clock, self.view.effect, decisions.note)
        self.view.attach(self.dispatcher)
        self.owned = Ownerships()
        self.watcher = SwitchWatcher(self.dispatcher, self.journal, self.view, self.owned, config.recordings)
        self.event_socket = EventSocket(
            config.event_socket.host,
            config.event_socket.port,
            config.event_socket_password,
            events=EVENTS,
            on_event=self.watcher.on_event,
            on_connected=self._on_connected,
            on_lost=self.watcher.on_lost,
        )
        self.watcher.attach(self.event_socket)
        self.server = CallServer(config.listen.host, config.listen.port, self._serve)
        self.routing = ScriptRouter(
            self._current,
            FactFinder(database, self.view, lambda: self.dispatcher.state, regions()),
            self.journal,
            self.view,
            clock,
            Sandbox(time_limit_ms=config.script_ms),
        )
        self.callbacks = Callbacks(self.dispatcher, self.journal, self.event_socket, self._current, clock)
        self.dispatcher.attach_callbacks(self.callbacks.carry_out)
        self.opening = Opening(self._current, self.dispatcher.apply, clock)
        self.deps = CallDeps(
            configuration=self._current,
            dispatcher=self.dispatcher,
            journal=self.journal,
            speaker=Speaker(prompts),
            watcher=self.view,
            ownership=self.owned,
            recordings=config.recordings,
            clock=clock,
            handler=config.name,
            router=self.routing,
            look_ups=look_ups or NoLookUps(),
            callbacks=self.callbacks,
        )
        self.desk = CommandDesk(self.dispatcher, self.view, self.owned, self.callbacks, self.reload)
        self._lease = Lease(config.home / "run" / "call-side.lock")

    @property
    def active(self) -> bool:
        """Whether this call side holds the lease and answers calls."""
        return self._active.is_set()

    # --- life -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen, and become the active call side as soon as no other is."""
        self.server.start()
        self._greenlets.append(gevent.spawn(self._become_active))

    def wait_active(self, timeout: float | None = None) -> bool:
        return bool(self._active.wait(timeout))

    def stop(self, timeout: float = 10.0) -> None:
        """Let the calls go to the standby, or on in the dialplan; write what is not written yet.

        Takes at most *timeout* seconds for what the database is still to get; the calls do not wait for it.
        """
        if self._stop_serving is not None:
            self._stop_serving()
        # While the calls go on here: the standby begins with what the database says.
        self.journal.flush(min(timeout, _LAST_WORDS_SECONDS))
        self._active.clear()
        gevent.killall(self._greenlets)
        self.watcher.stop()
        self.opening.stop()
        self.dispatcher.stop()
        self._decisions.stop()
        # Before the calls: a call that comes to the standby does not wait long for the lease.
        self._lease.release()
        self.server.stop(0)
        self.event_socket.stop()
        self.routing.stop()
        self.journal.stop(timeout)

    def _become_active(self) -> None:
        self.journal.prepare()
        self._take_lease()
        self._leased.set()
        self.journal.start()
        self._decisions.start()
        self.journal.write(kinds.SYSTEM_STARTED, handler=self._config.name, switch=self._config.switch_kind)
        # What a dead process has put down and not brought into the database tells where the agents are.
        self.journal.flush(CATCH_UP_SECONDS)
        while True:
            try:
                self._restore()
                break
            except StoreError as error:
                # Without its configuration the call side can decide nothing; calls hear the dialplan's
                # apology meanwhile.
                log.error("the configuration cannot be read; trying again", error=str(error))
            except Exception:
                # Such as a row that makes no sense: somebody may mend it, and nobody else has the lease.
                log.exception("the configuration cannot be taken in; trying again")
            gevent.sleep(_TRY_AGAIN_SECONDS)
        self.opening.start()
        self.dispatcher.start()
        self.event_socket.start()
        # Nobody is offered a call before it is known whose phone is there and who talks.
        self._surveyed.wait(5.0)
        self.watcher.start()
        self._stop_serving = self._bus.serve(self.desk.handle)
        self._active.set()
        log.info("answering calls", handler=self._config.name, listen=str(self._config.listen))
        self._greenlets.append(gevent.spawn(self._keep_days))
        self._greenlets.append(gevent.spawn(self._keep_books))

    def _take_lease(self) -> None:
        while True:
            try:
                if not self._lease.try_acquire():
                    log.info("waiting for the lease", handler=self._config.name)
                    self._lease.wait()
                return
            except OSError as error:
                log.error("the lease cannot be asked for; trying again", error=str(error))
                gevent.sleep(_TRY_AGAIN_SECONDS)

    def _restore(self) -> None:
        """Read the configuration, and where everything was."""
        with self._database.read() as session:
            self._configuration = conf.load(session, self._clock())
            memory = restoring.read(session, self._configuration, self._clock(), self._midnight())
        self.routing.prepare(self._configuration)
        self.dispatcher.apply(self._configuration.acd())
        restoring.restore(memory, self.dispatcher, self.callbacks)
        self.view.set_today(memory.served, memory.missed)

    def reload(self) -> None:
        """Read the configuration again and work by it from now on. Raises
        :class:`~hotline.store.db.StoreError`.
        """
        # Reading lets others run meanwhile, and what was read first must not come in last.
        with self._reloading:
            with self._database.read() as session:
                configuration = conf.load(session, self._clock(), self._configuration)
            self.work_by(configuration)
        if self._write_phones() and self.event_socket.connected:
            self.event_socket.api("reloadxml")
            self.watcher.refresh_registrations(self.event_socket)

    def work_by(self, configuration: conf.Configuration) -> None:
        """Let everything that begins from now on go by *configuration*."""
        self._configuration = configuration
        self.routing.prepare(configuration)
        self.dispatcher.apply(configuration.acd())
        self.opening.changed()

    def _current(self) -> conf.Configuration:
        if self._configuration is None:
            raise RuntimeError("the configuration has not been read yet")
        return self._configuration

    # --- calls ----------------------------------------------------------------------------------------------

    def _serve(self, channel: Channel) -> None:
        if not self._leased.wait(LEASE_PATIENCE_SECONDS) or not self._active.wait(
            ACTIVATION_PATIENCE_SECONDS
        ):
            log.warning("a call reached a call side that is not the active one", channel=channel.uuid)
            channel.detach()
            return
        if channel.var(FEATURE):
            serve_feature(channel, self.deps)
        else:
            CallSession(channel, self.deps).run()

    def _on_connected(self, socket: EventSocket) -> None:
        self.watcher.on_connected(socket)
        self._surveyed.set()
        self._look_at_books.set()

    def _keep_books(self) -> None:
        """Close calls that ended while nobody watched: soon after each connect, and from time to time."""
        while True:
            gevent.sleep(_SETTLED_SECONDS)
            self._look_at_books.clear()
            try:
                self._close_lost_calls()
            except (StoreError, EslError) as error:
                log.warning("calls that are over could not be looked for", error=str(error))
            except Exception:
                log.exception("calls that are over could not be closed")
            self._look_at_books.wait(_BOOKS_SECONDS)

    def _close_lost_calls(self) -> None:
        # A call that was lost is so at two looks. One that only has not its last entry in the database yet,
        # or that the watcher is about to close, is not there at the second.
        if suspects := self._lost_calls():
            gevent.sleep(_SETTLED_SECONDS)
            if self.journal.flush(CATCH_UP_SECONDS):
                again = self._lost_calls()
                self.watcher.close_lost_calls([call for call in suspects if call in again])

    def _lost_calls(self) -> list[tuple[str, str]]:
        with self._database.read() as session:
            open_calls = calls.open_calls(session, before=self._clock() - _SETTLED_SECONDS)
        return self.watcher.lost_calls(open_calls)

    # --- days -----------------------------------------------------------------------------------------------

    def _midnight(self, days: int = 0) -> float:
        local = datetime.fromtimestamp(self._clock(), _LOCAL)
        start = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return (start + timedelta(days=days)).timestamp()

    def _keep_days(self) -> None:
        """Today's numbers begin again at midnight."""
        while True:
            gevent.sleep(max(1.0, self._midnight(1) - self._clock()))
            self.view.set_today({}, {})
