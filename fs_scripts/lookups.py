"""Look-ups of calls in data sources, each within its time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import gevent
import structlog

from hotline.domain.ivr.commands import LookUp
from hotline.domain.ivr.events import LookedUp
from hotline.lookups import sql
from hotline.lookups.asking import ask
from hotline.lookups.source import LookUpFailed
from hotline.store.db import Database, StoreError
from hotline.store.queries.sources import active_source, find_row
from hotline.store.vault import Vault

log = structlog.get_logger(__name__)

# More at once and a slow source would hold greenlets, sockets and connections without end.
MOST_AT_ONCE: Final = 50


class SourceLookUps:
    """Asks the sources that are in the store. Their settings are read for each look-up, so that a change
    counts at once.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._asking = 0

    def find(self, command: LookUp) -> LookedUp:
        """The answer, after ``command.timeout_s`` at the latest; never raises. What goes wrong is an alarm in
        the log.
        """
        if self._asking >= MOST_AT_ONCE:
            log.error("too many look-ups at once", source=command.source, most=MOST_AT_ONCE)
            return LookedUp("failed")
        self._asking += 1
        try:
            with gevent.Timeout(command.timeout_s):
                found = self._ask(command)
        except gevent.Timeout:
            log.error("a data source was too slow", source=command.source, seconds=command.timeout_s)
            return LookedUp("failed")
        except (LookUpFailed, StoreError) as error:
            log.error("a data source failed", source=command.source, error=str(error))
            return LookedUp("failed")
        except Exception:
            log.exception("a data source failed", source=command.source)
            return LookedUp("failed")
        finally:
            self._asking -= 1
        return LookedUp("not_found") if found is None else LookedUp("found", found)

    def _ask(self, command: LookUp) -> Mapping[str, str] | None:
        with self._database.read() as session:
            source = active_source(session, self._vault, command.source)
        if source is None:
            raise LookUpFailed("there is no such source, or its secret cannot be opened")
        if sql.blocks(source):
            pool = gevent.get_hub().threadpool
            limit = min(source.timeout_s, command.timeout_s)
            return pool.apply(sql.ask, (source, command.parameters, limit))
        return ask(source, command.parameters, command.timeout_s, self._row)

    def _row(self, code: str, key: str) -> Mapping[str, object] | None:
        with self._database.read() as session:
            return find_row(session, code, key)
