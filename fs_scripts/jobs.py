"""What happens on a schedule: call records are brought in, and flows published at the time that was planned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from apscheduler.schedulers.gevent import GeventScheduler

from fs_scripts.publishing import publish_planned
from fs_scripts.records import import_spool
from hotline.live.bus import LiveBus
from hotline.store.db import Database, StoreError
from ivr_prompts.library import PromptLibrary

log = structlog.get_logger(__name__)

IMPORT_EVERY_SECONDS: Final = 60
PUBLISH_EVERY_SECONDS: Final = 10


class Jobs:
    """The scheduler. One process runs it."""

    def __init__(
        self,
        database: Database,
        bus: LiveBus,
        spool: Path,
        prompts: PromptLibrary,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._bus = bus
        self._spool = spool
        self._prompts = prompts
        self._clock = clock
        self._scheduler = GeventScheduler(timezone="UTC")

    def start(self) -> None:
        for name, seconds, work in (
            ("import-call-records", IMPORT_EVERY_SECONDS, self.import_records),
            ("publish-flows", PUBLISH_EVERY_SECONDS, self.publish_flows),
        ):
            self._scheduler.add_job(
                work, "interval", seconds=seconds, id=name, max_instances=1, coalesce=True
            )
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)

    def import_records(self) -> None:
        """Take in what FreeSWITCH could not deliver over HTTP."""
        try:
            import_spool(self._database, self._spool / "cdr", clock=self._clock)
        except StoreError as error:
            log.warning("call records wait in the spool", error=str(error))

    def publish_flows(self) -> None:
        """Give callers the versions whose time has come."""
        try:
            publish_planned(self._database, self._bus, self._prompts, self._clock)
        except StoreError as error:
            log.warning("planned flows wait", error=str(error))
