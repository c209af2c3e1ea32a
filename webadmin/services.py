"""What the console needs from the process that starts it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

import gevent
from flask import Flask, current_app

from hotline.config import Settings
from hotline.live.bus import LiveBus
from hotline.store.db import Database
from hotline.store.vault import Vault
from webadmin.live.mirror import LiveMirror
from webadmin.live.visibility import Visibility

T = TypeVar("T")

_KEY = "hotline"


def in_thread_pool(work: Callable[..., T], *args: object) -> T:
    """Run *work* outside the hub, so that other requests go on while a core is busy with it."""
    return gevent.get_hub().threadpool.apply(work, args)


@dataclass(frozen=True, slots=True)
class Services:
    """The objects that views use. ``clock`` gives seconds since the epoch (UTC).

    ``blocking`` runs work that would hold up the hub.
    """

    settings: Settings
    database: Database
    bus: LiveBus
    vault: Vault
    mirror: LiveMirror
    visibility: Visibility
    clock: Callable[[], float] = time.time
    blocking: Callable[..., object] = field(default=in_thread_pool)


def attach(app: Flask, services: Services) -> None:
    """Make *services* available to the views of *app*."""
    app.extensions[_KEY] = services


def services() -> Services:
    """The services of the application that handles the current request."""
    return cast(Services, current_app.extensions[_KEY])


def make_services(
    settings: Settings, database: Database, bus: LiveBus, vault: Vault, clock: Callable[[], float] = time.time
) -> Services:
    """The console's objects over what the process has; :class:`webadmin.server.WebServer` runs them."""
    return Services(
        settings=settings,
        database=database,
        bus=bus,
        vault=vault,
        mirror=LiveMirror(bus),
        visibility=Visibility(database, clock),
        clock=clock,
    )
