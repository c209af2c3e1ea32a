"""The ``socket`` application: a connection from the switch to a call handler."""

from __future__ import annotations

import logging

from gevent import socket

from fs_scripts.simulated.apps.control import wait_parked
from fs_scripts.simulated.channel import Channel
from fs_scripts.simulated.commands import obey
from fs_scripts.simulated.engine import Application, Engine
from fs_scripts.simulated.listener import Connection

log = logging.getLogger(__name__)

_CONNECT_TIMEOUT = 5.0
_DEFAULT_PORT = 8084
_FIRST_COMMAND_WITHIN = 25.0


def _dial(channel: Channel, hosts: str) -> socket.socket | None:
    """The first of ``host:port|host:port`` that accepts; None when none does."""
    for address in hosts.split("|"):
        host, _, port = address.rpartition(":")
        channel.set("socket_host", host or address)
        try:
            sock = socket.create_connection(
                (host or address, int(port or _DEFAULT_PORT)), timeout=_CONNECT_TIMEOUT
            )
        except OSError as error:
            log.info("simulated switch: nobody at %s for %s: %s", address, channel.uuid, error)
            continue
        sock.settimeout(None)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    return None


def socket_application(engine: Engine, channel: Channel, arg: str) -> None:
    """``<host:port>[|<host:port>...] async full``

    Nobody there: the dialplan goes on with its next action. Otherwise the channel is parked and does what the handler
    sends, until the channel ends, is taken elsewhere, or the handler's connection ends. Then ``socket_resume`` decides:
    true breaks whatever runs, a bridge too, so that the next action comes at once; otherwise what runs is finished first.
    """
    words = arg.split()
    if not words:
        return
    sock = _dial(channel, words[0])
    if sock is None:
        return
    options = {word.lower() for word in words[1:]}
    link = Connection(engine, sock, obey, session=channel, full="full" in options)
    channel.holders.append(link)
    connected = False

    def on_connected() -> None:
        nonlocal connected
        connected = True
        channel.wake()

    def over(_: Connection) -> None:
        channel.holders.remove(link)
        if channel.controlled and channel.up and channel.transfer is None:
            channel.controlled = False
            channel.reset = link.resume or channel.is_true("socket_resume")
        channel.wake()
        engine.destroy(channel)

    link.on_over = over
    link.on_connected = on_connected
    engine.greenlets.spawn(link.run)
    channel.signal.wait_until(
        lambda: connected or not link.running or not channel.ready, _FIRST_COMMAND_WITHIN
    )
    if not connected and channel.ready:
        link.end()
    if link.running:
        wait_parked(engine, channel)
    channel.reset = False


APPS: dict[str, Application] = {"socket": socket_application}
