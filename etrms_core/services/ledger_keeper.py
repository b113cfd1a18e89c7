"""Copying the newest part of every account's ledger into the desk's database."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog

from etrms_core.engine.ledger_ports import LedgerReading, LedgerStore
from etrms_core.engine.ports import Clock, ExchangePort
from etrms_core.errors import EtrmsError
from etrms_core.services.errands import Errands
from etrms_core.services.rhythm import SAME_AGAIN_SECONDS, Rhythm

log = structlog.get_logger(__name__)

# Venues weigh such a reading like thirty prices.
READ_EVERY_SECONDS = 15.0
FIRST_STRETCH = timedelta(days=90)
# A venue may show an entry some minutes after its time.
SHOWN_LATE = timedelta(minutes=10)
PER_PAGE, MOST_PAGES = 1_000, 50
STOP_SECONDS = 3.0


class LedgerKeeper:
    """Reads on where the stored entries end, in threads of their own, as long as a guard acts.

    What was copied twice is stored once. When a venue does not answer, its reading says so, and
    what was stored before stays.
    """

    def __init__(
        self,
        exchanges: Mapping[str, ExchangePort],
        store: LedgerStore,
        *,
        clock: Clock,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._exchanges = exchanges
        self._store = store
        self._clock = clock
        self._rhythm = Rhythm(seconds)
        self._errands: Errands[None] = Errands()
        self._is_stopped = False

    def look(self, _state: object = None) -> None:
        """Begin to read every account that is due; it never waits."""
        for returned in self._errands.take():
            what = f"log {returned.name}"
            if returned.error and self._rhythm.is_due(what, every_seconds=SAME_AGAIN_SECONDS):
                log.warning("a ledger was not stored", account=returned.name, error=returned.error)
        for account in self._exchanges:
            if self._rhythm.is_due(account, every_seconds=READ_EVERY_SECONDS):
                self._errands.start(account, partial(self._read, account))

    def stop(self) -> None:
        """Begin nothing more, and wait a little for what is being read."""
        self._is_stopped = True
        running = tuple(self._errands.running_seconds())
        self._errands.collect(running, timeout_seconds=STOP_SECONDS)

    def _read(self, account: str) -> None:
        known = {each.account: each for each in self._store.readings()}
        reading = known.get(account, LedgerReading(account))
        try:
            self._copy(account)
        except _VenueError as error:
            now = self._clock()
            self._store.note(replace(reading, failed_at=now, reason=str(error)))
            return
        if not self._is_stopped:
            self._store.note(LedgerReading(account, read_at=self._clock()))

    def _copy(self, account: str) -> None:
        newest = self._store.newest(account)
        since: datetime | None = (
            self._clock() - FIRST_STRETCH if newest is None else newest - SHOWN_LATE
        )
        for _ in range(MOST_PAGES):
            if since is None or self._is_stopped:
                return
            try:
                page = self._exchanges[account].ledger(since=since, limit=PER_PAGE)
            except EtrmsError as error:
                raise _VenueError(str(error)) from error
            self._store.add(account, page.entries)
            since = page.next_since
        raise _VenueError(f"the ledger is long: after {MOST_PAGES} pages there is still more")


class _VenueError(Exception):
    """A venue did not show the ledger; what was stored before counts."""
