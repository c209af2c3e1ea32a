"""The live seam between processes, over Redis.

Commands are a list that the call side pops from; each answer is a list of its own that only the asker pops
from. Events are published; what is published while a console is not connected is lost to it, and the gap in
the versions tells it to ask for a snapshot.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Final, cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from hotline.live.bus import CommandHandler, EventListener, NoCallSide
from hotline.live.codec import CodecError, decode, encode
from hotline.live.fanout import Fanout
from hotline.live.local import answer
from hotline.live.messages import Command, LiveEvent, Reply

log = logging.getLogger(__name__)

_BLOCK_SECONDS: Final = 1
# Longer than any blocking read here, so that only a connection that is dead without saying so runs into it.
_SOCKET_SECONDS: Final = 5.0
_ANSWER_KEPT_SECONDS: Final = 30
_BACKOFF: Final = (0.1, 2.0)
_OUTBOX: Final = 10_000


class RedisBus:
    """See :class:`hotline.live.bus.LiveBus`. *prefix* sets several installations on one Redis apart."""

    def __init__(self, url: str, *, prefix: str = "hotline:") -> None:
        self._commands = f"{prefix}commands"
        self._answers = f"{prefix}answer:"
        self._channel = f"{prefix}events"
        # No retries of the library's own: a command must not be sent twice, and the loops here reconnect
        # themselves.
        pool = redis.BlockingConnectionPool.from_url(
            url,
            max_connections=64,
            timeout=_SOCKET_SECONDS,
            socket_timeout=_SOCKET_SECONDS,
            socket_connect_timeout=_SOCKET_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis: Any = redis.Redis(connection_pool=pool)
        self._fanout = Fanout()
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._outbox: queue.Queue[str] = queue.Queue(_OUTBOX)
        self._sender: threading.Thread | None = None
        self._subscriber: threading.Thread | None = None
        self._servers: list[threading.Thread] = []
        self._subscribed = threading.Event()

    def request(self, command: Command, timeout: float = 5.0) -> Reply:
        key = self._answers + uuid.uuid4().hex
        payload = json.dumps({"answer": key, "command": encode(command)})
        try:
            with self._redis.pipeline() as pipe:
                pipe.rpush(self._commands, payload)
                # A command whose asker died is not to be done when a call side comes up much later.
                pipe.expire(self._commands, _ANSWER_KEPT_SECONDS)
                pipe.execute()
            found = self._pop(key, timeout)
            if found is None:
                self._redis.lrem(self._commands, 1, payload)
        except RedisError as error:
            raise NoCallSide(f"Redis cannot be reached: {error}") from error
        if found is None:
            raise NoCallSide(f"no call side answered {type(command).__name__} within {timeout:g} s")
        try:
            reply = decode(found)
        except CodecError as error:
            raise NoCallSide(f"the call side is of another version: {error}") from error
        return cast("Reply", reply)

    def serve(self, handler: CommandHandler) -> Callable[[], None]:
        stopped = threading.Event()
        thread = threading.Thread(target=self._serve, args=(handler, stopped), name="live-serve", daemon=True)
        self._servers.append(thread)
        thread.start()

        def stop() -> None:
            stopped.set()
            thread.join(_BLOCK_SECONDS + 1)

        return stop

    def publish(self, event: LiveEvent) -> None:
        with self._lock:
            if self._sender is None:
                self._sender = threading.Thread(target=self._send, name="live-publish", daemon=True)
                self._sender.start()
        try:
            self._outbox.put_nowait(encode(event))
        except queue.Full:
            # Redis has been away for long. Listeners see the gap and ask for a snapshot.
            log.debug("an event of the live seam was dropped")

    def listen(self, listener: EventListener) -> Callable[[], None]:
        with self._lock:
            if self._subscriber is None:
                self._subscriber = threading.Thread(target=self._subscribe, name="live-events", daemon=True)
                self._subscriber.start()
        stop = self._fanout.listen(listener)
        # Events from now on: the subscription has to stand before the caller asks for its snapshot.
        self._subscribed.wait(_SOCKET_SECONDS)
        return stop

    def close(self) -> None:
        self._closed.set()
        self._fanout.close()
        # A connection that is closed under a blocked read fails in ways of its own, so they end first.
        for thread in (self._sender, self._subscriber, *self._servers):
            if thread is not None:
                thread.join(_BLOCK_SECONDS + 1)
        self._redis.close()
        self._redis.connection_pool.disconnect()

    def _pop(self, key: str, timeout: float) -> bytes | None:
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            found = self._redis.blpop([key], timeout=max(0.01, min(left, _BLOCK_SECONDS)))
            if found is not None:
                return cast("bytes", found[1])
        return None

    def _serve(self, handler: CommandHandler, stopped: threading.Event) -> None:
        def once() -> None:
            found = self._redis.blpop([self._commands], timeout=_BLOCK_SECONDS)
            if found is not None:
                threading.Thread(target=self._handle, args=(handler, found[1]), daemon=True).start()

        self._repeat(once, stopped)

    def _handle(self, handler: CommandHandler, payload: bytes) -> None:
        try:
            document = json.loads(payload)
            key = str(document["answer"])
            command = decode(document["command"])
        except (ValueError, KeyError, TypeError, CodecError) as error:
            log.warning("an unreadable command was dropped: %s", error)
            return
        if not isinstance(command, Command) or not key.startswith(self._answers):
            log.warning("a message that is no command was dropped: %s", type(command).__name__)
            return
        reply = encode(answer(handler, command))
        try:
            with self._redis.pipeline() as pipe:
                pipe.rpush(key, reply)
                pipe.expire(key, _ANSWER_KEPT_SECONDS)
                pipe.execute()
        except RedisError as error:
            log.warning("an answer could not be sent: %s", error)

    def _send(self) -> None:
        def once() -> None:
            try:
                text = self._outbox.get(timeout=_BLOCK_SECONDS)
            except queue.Empty:
                return
            self._redis.publish(self._channel, text)

        self._repeat(once, self._closed)

    def _subscribe(self) -> None:
        def once() -> None:
            with self._redis.pubsub(ignore_subscribe_messages=False) as subscription:
                subscription.subscribe(self._channel)
                while not self._closed.is_set():
                    message = subscription.get_message(timeout=_BLOCK_SECONDS)
                    if message is None:
                        subscription.ping()
                    elif message["type"] == "subscribe":
                        self._subscribed.set()
                    elif message["type"] == "message":
                        self._deliver(message["data"])

        self._repeat(once, self._closed)

    def _deliver(self, text: bytes) -> None:
        try:
            event = decode(text)
        except CodecError as error:
            log.warning("an event of another version was dropped: %s", error)
            return
        if isinstance(event, LiveEvent):
            self._fanout.publish(event)

    def _repeat(self, once: Callable[[], None], stopped: threading.Event) -> None:
        """Until it is to stop; after an error of Redis again, each time after a longer wait."""
        delay, longest = _BACKOFF
        failed = False
        while not stopped.is_set() and not self._closed.is_set():
            try:
                once()
            except (RedisError, OSError) as error:
                if not failed:
                    log.warning("Redis is away: %s", error)
                failed = True
                stopped.wait(delay)
                delay = min(delay * 2, longest)
                continue
            if failed:
                log.warning("Redis is back")
            failed, delay = False, _BACKOFF[0]
