"""Ledgers are copied in the background: on from where they end, and every entry once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic, sleep

import pytest

from etrms_core.adapters.exchanges.paper.ledger import page_of
from etrms_core.domain.ledger import LedgerPage
from etrms_core.engine.ledger_ports import LedgerReading
from etrms_core.errors import ExchangeUnavailableError, StorageError
from etrms_core.services.ledger_keeper import (
    FIRST_STRETCH,
    MOST_PAGES,
    READ_EVERY_SECONDS,
    SHOWN_LATE,
    LedgerKeeper,
)
from tests.builders import NOW, make_account
from tests.contracts.ledger_store_contract import entry
from tests.fakes import ManualClock, ScriptedExchange
from tests.ledger_fakes import InMemoryLedgerStore
from tests.services.acting import ManualSeconds


class SmallPages(ScriptedExchange):
    """A venue that shows two entries at a time."""

    def ledger(self, *, since: datetime, limit: int = 1_000) -> LedgerPage:
        del limit
        return super().ledger(since=since, limit=2)


class Bench:
    """A keeper over one scripted venue."""

    def __init__(self) -> None:
        self.venue = SmallPages(make_account())
        self.account = self.venue.account
        self.store = InMemoryLedgerStore()
        self.clock, self.seconds = ManualClock(NOW), ManualSeconds()
        self.keeper = self.started()

    def started(self) -> LedgerKeeper:
        return LedgerKeeper(
            {self.account: self.venue}, self.store, clock=self.clock, seconds=self.seconds
        )

    def read(self) -> LedgerReading:
        """Let one reading be due, and wait for it."""
        self.seconds.advance(READ_EVERY_SECONDS)
        self.clock.advance(seconds=READ_EVERY_SECONDS)
        self.keeper.look()
        self.wait_for(lambda: not self.keeper._errands.running_seconds())
        return next(iter(self.store.readings()), LedgerReading(self.account))

    def ids(self) -> list[str]:
        stored = self.store.entries(self.account, since=NOW - FIRST_STRETCH, limit=100)
        return [each.entry_id for each in reversed(stored)]

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        deadline = monotonic() + 10.0
        while not is_so():
            assert monotonic() < deadline
            sleep(0.002)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_first_reading_copies_the_last_three_months_page_by_page(bench: Bench) -> None:
    bench.venue.entries = [entry(str(number), seconds=-60.0 * (9 - number)) for number in range(7)]
    old = entry("old", seconds=-timedelta(days=91).total_seconds())
    bench.venue.entries.append(old)
    reading = bench.read()
    assert bench.ids() == [str(number) for number in range(7)]
    assert reading == LedgerReading(bench.account, read_at=bench.clock.now)


def test_later_readings_go_on_from_the_newest_entry_and_see_late_ones(bench: Bench) -> None:
    bench.venue.entries = [entry("1", seconds=-30.0)]
    bench.read()
    bench.venue.entries += [entry("late", seconds=-200.0), entry("2", seconds=10.0)]
    bench.read()
    assert bench.ids() == ["late", "1", "2"]
    assert bench.venue.ledger_reads[-2] == NOW - timedelta(seconds=30) - SHOWN_LATE


def test_a_new_process_goes_on_where_the_last_one_ended(bench: Bench) -> None:
    bench.venue.entries = [entry("1", seconds=-30.0)]
    bench.read()
    bench.keeper.stop()
    bench.keeper = bench.started()
    bench.venue.entries.append(entry("2", seconds=1.0))
    reads = len(bench.venue.ledger_reads)
    bench.read()
    assert bench.venue.ledger_reads[reads] == NOW - timedelta(seconds=30) - SHOWN_LATE
    assert bench.ids() == ["1", "2"]


def test_a_venue_that_does_not_answer_is_told_and_keeps_what_was_copied(bench: Bench) -> None:
    bench.venue.entries = [entry("1")]
    good = bench.read()
    bench.venue.trouble = ExchangeUnavailableError("no answer", venue="paper")
    assert bench.read() == replace(good, failed_at=bench.clock.now, reason="paper: no answer")
    assert bench.ids() == ["1"]
    bench.venue.trouble = None
    assert bench.read() == LedgerReading(bench.account, read_at=bench.clock.now)


def test_it_reads_no_more_often_than_it_should(bench: Bench) -> None:
    bench.read()
    reads = len(bench.venue.ledger_reads)
    bench.seconds.advance(READ_EVERY_SECONDS - 1.0)
    bench.keeper.look()
    assert not bench.keeper._errands.running_seconds()
    assert len(bench.venue.ledger_reads) == reads


def test_a_database_that_takes_nothing_leaves_the_reading_old(bench: Bench) -> None:
    good = bench.read()
    bench.store.trouble = StorageError("the disk is full")
    bench.venue.entries = [entry("1")]
    assert bench.read() == good
    bench.store.trouble = None
    assert bench.read().read_at == bench.clock.now
    assert bench.ids() == ["1"]


def test_a_ledger_without_end_is_cut_and_goes_on_at_the_next_reading(bench: Bench) -> None:
    count = 2 * MOST_PAGES + 10
    bench.venue.entries = [entry(f"{n:04}", seconds=n - 3_600.0) for n in range(count)]
    reading = bench.read()
    assert (reading.read_at, reading.reason[:18]) == (None, "the ledger is long")
    assert len(bench.store.entries(bench.account, since=NOW - FIRST_STRETCH, limit=999)) == 100


def test_it_stops_between_two_pages(bench: Bench) -> None:
    class Stopping(SmallPages):
        def ledger(self, *, since: datetime, limit: int = 1_000) -> LedgerPage:
            del limit
            page = page_of(self.entries, since=since, limit=1)
            bench.keeper._is_stopped = True
            return page

    stopping = Stopping(make_account())
    stopping.entries = [entry(str(number), seconds=number) for number in range(5)]
    bench.venue = stopping
    bench.keeper = bench.started()
    assert bench.read().read_at is None
    assert bench.ids() == ["0"]
