"""Channels, their life, and the execution of applications.

Each channel that runs a dialplan has one greenlet, as FreeSWITCH has one thread (``run_session``). Applications run in it
and wait on the channel's signal; everything else (a key, a break, a command of a handler, a hang-up) changes the channel
and wakes it. A command that arrives while an application waits is executed inside that application, unless the running
one was started with ``event-lock``: that is FreeSWITCH's behaviour, and handlers must live with it.
"""

from __future__ import annotations

import logging
import uuid as uuids
from collections.abc import Callable, Iterable, Mapping, Sequence

import gevent
import gevent.pool

from fs_scripts.simulated import payload
from fs_scripts.simulated.channel import CALL_STATE_NUMBERS, Channel, Transfer, is_true
from fs_scripts.simulated.clock import Clock
from fs_scripts.simulated.config import Action, SimConfig
from fs_scripts.simulated.event_hub import EventHub
from fs_scripts.simulated.expand import expand
from fs_scripts.simulated.hooks import hooked
from fs_scripts.simulated.lines import Registration, Resolve

log = logging.getLogger(__name__)

VERSION = "1.10.12-simulated switch"
_DEEPEST_STACK = 16
_PEER_COMES_WITHIN = 5.0

# These never reach the table behind "show channels": a channel on which a handler lingers is listed as if it lived.
_UNLISTED_STATES = frozenset({"CS_NEW", "CS_INIT", "CS_HANGUP", "CS_REPORTING", "CS_DESTROY"})

Application = Callable[["Engine", Channel, str], None]


class Engine(EventHub):
    """The switch without its network side."""

    def __init__(
        self,
        config: SimConfig,
        clock: Clock,
        apps: Mapping[str, Application],
        join: Callable[[Engine, Channel, Channel], None],
    ) -> None:
        super().__init__(clock)
        self.config = config
        self.apps = apps
        self.join = join
        self.channels: dict[str, Channel] = {}
        self.globals: dict[str, str] = {"domain": config.domain, "hostname": "simulated"} | config.globals
        self.sessions_since_start = 0
        self.peak_sessions = 0
        self.paused = False
        self.greenlets = gevent.pool.Group()
        self.resolve: Resolve = lambda _: "DESTINATION_OUT_OF_ORDER"
        self.registrations: Callable[[], Sequence[Registration]] = tuple
        self.on_finished: list[Callable[[Channel], None]] = []
        self.api: Callable[[str, str], str] = lambda command, _: f"-ERR {command} Command not found!\n"

    # -- a channel's life ------------------------------------------------------------------------------------------
    def create(self, channel: Channel, *, announce: bool = True) -> Channel:
        """Take a channel into the table; ``announce`` fires its first events (a leg to a phone fires them itself)."""
        self.sessions_since_start += 1
        self.channels[channel.uuid] = channel
        self.peak_sessions = max(self.peak_sessions, len(self.channels))
        channel.variables = payload.own_variables(channel) | channel.variables
        if announce:
            self.set_state(channel, "CS_NEW")
            self.set_state(channel, "CS_INIT")
            self.fire("CHANNEL_CREATE", channel)
            channel.variables["endpoint_disposition"] = "RECEIVED"
            self.set_call_state(channel, "RINGING")
        return channel

    def set_state(self, channel: Channel, state: str) -> None:
        channel.state = state
        if state not in _UNLISTED_STATES:
            channel.listed_state = state
        self.fire("CHANNEL_STATE", channel)

    def set_call_state(self, channel: Channel, call_state: str) -> None:
        if channel.call_state == call_state:
            return
        before, channel.call_state = channel.call_state, call_state
        if call_state != "HANGUP":
            channel.listed_call_state = call_state
        self.fire(
            "CHANNEL_CALLSTATE",
            channel,
            {
                "Original-Channel-Call-State": before,
                "Channel-Call-State-Number": str(CALL_STATE_NUMBERS[call_state]),
            },
        )

    def ring_ready(self, channel: Channel) -> None:
        if channel.times.progress or channel.answered or not channel.up:
            return
        channel.times.progress = self.clock.now()
        self.fire("CHANNEL_PROGRESS", channel)
        if channel.direction == "outbound":
            self.set_call_state(channel, "RINGING")
        channel.wake()

    def pre_answer(self, channel: Channel) -> bool:
        """Early media; False when the channel is gone."""
        if not channel.up:
            return False
        if not channel.media:
            channel.media = True
            channel.times.progress_media = self.clock.now()
            channel.answer_state = "early"
            channel.variables["endpoint_disposition"] = "EARLY MEDIA"
            self.fire("CHANNEL_PROGRESS_MEDIA", channel)
            self.set_call_state(channel, "EARLY")
        return True

    def answer(self, channel: Channel) -> None:
        if channel.answered or not channel.up:
            return
        channel.answered = channel.media = True
        channel.answer_state = "answered"
        channel.times.answered = self.clock.now()
        channel.variables["endpoint_disposition"] = "ANSWER"
        self.fire("CHANNEL_ANSWER", channel)
        self.set_call_state(channel, "ACTIVE")
        self.run_hooks(channel, "answer")
        channel.wake()

    def hangup(self, channel: Channel, cause: str, *, by_far_end: bool = False) -> None:
        """End a channel; the second hang-up of the same channel changes nothing."""
        if not channel.up:
            return
        channel.hangup_cause = cause
        channel.answer_state = "hangup"
        channel.times.hungup = self.clock.now()
        if channel.answered:
            word = "bye"
        elif channel.direction == "inbound":
            word = "cancel" if by_far_end else "refuse"
        else:
            word = "refuse" if by_far_end else "cancel"
        channel.set("sip_hangup_disposition", f"{'recv' if by_far_end else 'send'}_{word}")
        self.fire("CHANNEL_HANGUP", channel)
        channel.wake()
        if channel.partner is not None:
            channel.partner.wake()
        if not channel.has_session:
            self.greenlets.spawn(self.finish, channel)

    def finish(self, channel: Channel) -> None:
        """Report a channel that was hung up; it is forgotten when no handler lingers on it."""
        if channel.uuid not in self.channels or channel.state in ("CS_REPORTING", "CS_DESTROY"):
            return
        self.set_state(channel, "CS_HANGUP")
        self.set_call_state(channel, "HANGUP")
        self.set_state(channel, "CS_REPORTING")
        channel.variables |= payload.closing_variables(channel)
        for hook in self.on_finished:
            hook(channel)
        self.fire("CHANNEL_HANGUP_COMPLETE", channel)
        for holder in tuple(channel.holders):
            holder.session_over()
        self.destroy(channel)

    def destroy(self, channel: Channel) -> None:
        """Forget a channel that has been reported, unless a lingering handler still holds it."""
        if channel.state != "CS_REPORTING" or channel.holders:
            return
        self.channels.pop(channel.uuid, None)
        self.fire("CHANNEL_DESTROY", channel)
        self.set_state(channel, "CS_DESTROY")
        channel.wake()

    # -- the session -----------------------------------------------------------------------------------------------
    def start_session(self, channel: Channel, actions: Iterable[Action] | None = None) -> None:
        """Let the channel run its dialplan, or ``actions``, in a greenlet of its own."""
        channel.has_session = True
        self.greenlets.spawn(self._session, channel, None if actions is None else tuple(actions))

    def _session(self, channel: Channel, actions: tuple[Action, ...] | None) -> None:
        try:
            self._run(channel, actions)
        except Exception:  # a greenlet begins here
            log.exception("simulated switch: session of channel %s failed", channel.uuid)
            self.hangup(channel, "NORMAL_TEMPORARY_FAILURE")
        finally:
            self.finish(channel)

    def _run(self, channel: Channel, actions: tuple[Action, ...] | None) -> None:
        pending = self._route(channel) if actions is None else actions
        while True:
            self._perform(channel, pending)
            transfer = channel.transfer
            if transfer is None or not channel.up:
                break
            pending = self._transferred(channel, transfer)
        self.hangup(channel, "NORMAL_CLEARING")

    def _perform(self, channel: Channel, actions: tuple[Action, ...]) -> None:
        """Execute actions until one takes the channel elsewhere."""
        if channel.ready:
            self.set_state(channel, "CS_EXECUTE")
        for app, arg in actions:
            if not channel.ready:
                return
            self.execute(channel, app, arg)

    def _route(self, channel: Channel) -> tuple[Action, ...]:
        self.set_state(channel, "CS_ROUTING")
        for route in self.config.routes:
            actions = route.match(channel.context, channel.destination)
            if actions is not None:
                return actions
        log.info("simulated switch: no route for %s in %s", channel.destination, channel.context)
        self.hangup(channel, "NO_ROUTE_DESTINATION")
        return ()

    def _transferred(self, channel: Channel, transfer: Transfer) -> tuple[Action, ...]:
        channel.transfer = None
        channel.reset = False
        if transfer.to_channel:
            other = self.channels.get(transfer.to_channel)
            if other is not None and other.up:
                self.join(self, channel, other)
            return ()
        if transfer.awaits_peer:
            self._be_bridged(channel)
            return ()
        channel.times.transferred = self.clock.now()
        channel.profile_index += 1
        if transfer.inline:
            pairs = (item.partition(":") for item in transfer.number.split(","))
            return tuple((app, arg) for app, _, arg in pairs)
        channel.destination = transfer.number
        channel.context = transfer.context or channel.context
        return self._route(channel)

    def _be_bridged(self, channel: Channel) -> None:
        """Wait for the session that bridges this channel, and until it lets go."""
        channel.signal.wait_until(
            lambda: not channel.ready or channel.partner is not None, timeout=_PEER_COMES_WITHIN
        )
        self.set_state(channel, "CS_EXCHANGE_MEDIA")
        while channel.ready and channel.partner is not None:
            channel.signal.wait()

    # -- applications ----------------------------------------------------------------------------------------------
    def execute(self, channel: Channel, app: str, arg: str, app_uuid: str = "") -> bool:
        """Run one application to its end; False when it could not be started."""
        application = self.apps.get(app)
        if application is None:
            log.error("simulated switch: invalid application %r on %s", app, channel.uuid)
            self.hangup(channel, "DESTINATION_OUT_OF_ORDER")
            return False
        if not channel.up:
            return False
        expanded = self.expand(arg, channel)
        channel.app_log.append((app, expanded, self.clock.now()))
        channel.set("current_application", app)
        channel.set("current_application_data", expanded)
        channel.set("current_application_response", None)
        about = {"Application": app}
        if expanded:
            about["Application-Data"] = expanded
        mark = {"Application-UUID": app_uuid or str(uuids.uuid4())}
        self.fire("CHANNEL_EXECUTE", channel, about | mark)
        channel.break_flag = 0
        application(self, channel, expanded)
        response = {"Application-Response": channel.get("current_application_response") or "_none_"}
        self.fire("CHANNEL_EXECUTE_COMPLETE", channel, about | response | mark)
        return True

    def after(self, seconds: float, action: Callable[[], object]) -> gevent.Greenlet[..., object]:
        """Do something in so many simulated seconds, unless the switch is stopped before."""
        timer: gevent.Greenlet[..., object] = gevent.spawn_later(max(0.0, self.clock.real(seconds)), action)
        self.greenlets.add(timer)
        return timer

    def run_hooks(self, channel: Channel, moment: str) -> None:
        """What ``execute_on_<moment>`` and ``api_on_<moment>`` ask for."""
        for app, arg in hooked(channel, f"execute_on_{moment}"):
            self.execute(channel, app, arg)
        for command, arg in hooked(channel, f"api_on_{moment}"):
            self.api(command, self.expand(arg, channel))

    def expand(self, text: str, channel: Channel | None) -> str:
        return expand(text, channel, self.globals, self.api)

    def queue_command(self, channel: Channel, command: Mapping[str, str]) -> None:
        """Give a ``sendmsg`` to the channel's session."""
        channel.commands.append(command)
        channel.wake()

    def run_commands(self, channel: Channel) -> None:
        """Execute what handlers have queued, inside the application that waits now."""
        if channel.stack_depth > _DEEPEST_STACK:
            log.error("simulated switch: too many stacked applications on %s", channel.uuid)
            return
        channel.stack_depth += 1
        try:
            while channel.commands and not channel.event_lock:
                command = channel.commands.popleft()
                self._command(channel, command)
                self.fire("PRIVATE_COMMAND", channel, {"call-command": command.get("call-command", "")})
                if channel.break_flag:
                    break
        finally:
            channel.stack_depth -= 1

    def _command(self, channel: Channel, command: Mapping[str, str]) -> None:
        kind = command.get("call-command", "")
        locked = is_true(command.get("event-lock", ""))
        channel.event_lock = channel.event_lock or locked
        try:
            if kind == "execute":
                self._execute_command(channel, command)
            elif kind == "hangup":
                self.hangup(channel, command.get("hangup-cause") or "NORMAL_CLEARING")
            else:
                log.error("simulated switch: invalid command %r on %s", kind, channel.uuid)
        finally:
            if locked:
                channel.event_lock = False

    def _execute_command(self, channel: Channel, command: Mapping[str, str]) -> None:
        app = command.get("execute-app-name", "")
        arg = command.get("execute-app-arg") or command.get("_body", "")
        loops = int(command.get("loops") or 1)
        done = 0
        while loops < 0 or done < loops:
            done += 1
            began = self.clock.elapsed()
            if not app or not self.execute(channel, app, arg, command.get("event-uuid", "")):
                return
            # FreeSWITCH leaves the loop when an application returned within half a second.
            if not channel.ready or self.clock.elapsed() - began < 0.5:
                return

    def hold_for(
        self, channel: Channel, seconds: float, on_digit: Callable[[str], bool] | None = None
    ) -> str:
        """Let ``seconds`` of media pass: ``done``, ``break``, ``digit`` (``on_digit`` said stop) or ``gone``.

        Commands that are executed meanwhile stop the media's clock, as nested playback does in FreeSWITCH.
        """
        deadline = self.clock.elapsed() + seconds
        while True:
            if not channel.ready:
                return "gone"
            if channel.take_break():
                return "break"
            if channel.commands and not channel.event_lock:
                began = self.clock.elapsed()
                self.run_commands(channel)
                deadline += self.clock.elapsed() - began
                continue
            if on_digit is not None and channel.digits:
                if on_digit(channel.digits.popleft()):
                    return "digit"
                continue
            left = deadline - self.clock.elapsed()
            if left <= 0:
                return "done"
            channel.signal.wait(None if left == float("inf") else left)
