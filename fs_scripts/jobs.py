"""What happens on a schedule: the import of call records, once a minute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog
from apscheduler.schedulers.gevent import GeventScheduler

from fs_scripts.records import import_spool
from hotline.store.db import Database, StoreError

log = structlog.get_logger(__name__)

IMPORT_EVERY_SECONDS: Final = 60


class Jobs:
    """The scheduler. One process runs it."""

    def __init__(self, database: Database, spool: Path, clock: Callable[[], float]) -> None:
        self._database = database
        self._spool = spool
        self._clock = clock
        self._scheduler = GeventScheduler(timezone="UTC")

    def start(self) -> None:
        self._scheduler.add_job(
            self.import_records,
            "interval",
            seconds=IMPORT_EVERY_SECONDS,
            id="import-call-records",
            max_instances=1,
            coalesce=True,
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
