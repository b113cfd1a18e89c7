"""Venues that fail in the live loop: one that is silent ages, and stops nobody else."""

from datetime import timedelta

import pytest

from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.errors import (
    DataError,
    DomainError,
    EtrmsError,
    ExchangeUnavailableError,
    StorageError,
)
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import DataQuality
from tests.builders import NOW
from tests.engine.desk import long_account, make_rule
from tests.services.acting import SILENT, Bench


def other() -> AccountState:
    return long_account(account="b", venue="other")


def test_a_venue_that_fails_keeps_its_last_known_state_and_ages() -> None:
    bench = Bench()
    bench.refresh()
    read_at = bench.clock.now
    bench.venue.trouble = SILENT
    state = bench.refresh(after=4.0)
    assert state.snapshot.value(Metric.EQUITY) == 1_000.0
    assert state.accounts[0].observed_at == read_at
    assert state.snapshot.sources[0].age_seconds == 4.0
    assert state.source_errors == {"main": str(SILENT)}
    state = bench.refresh(after=7.0)
    assert state.snapshot.sources[0].quality is DataQuality.STALE
    state = bench.refresh(after=120.0)
    assert state.snapshot.value(Metric.EQUITY) is None
    bench.venue.trouble = None
    state = bench.refresh()
    assert state.source_errors == {}
    assert state.snapshot.value(Metric.EQUITY) == 1_000.0


@pytest.mark.parametrize(
    "error",
    [
        SILENT,
        DomainError("BTCUSDT leverage is above 0, was 0"),
        DataError("the payload lacks leverage"),
        StorageError("paper.db is locked"),
    ],
)
def test_a_wrong_payload_counts_as_a_failed_read(error: EtrmsError) -> None:
    bench = Bench()
    bench.venue.trouble = error
    state = bench.refresh()
    assert state.source_errors == {"main": str(error)}
    assert [event.detail for event in bench.told("source_error")] == [str(error)]


def test_one_event_per_outage_whatever_the_venue_says_meanwhile() -> None:
    bench = Bench()
    for number in range(4):
        bench.venue.trouble = ExchangeUnavailableError(f"timeout {number}", venue="paper")
        state = bench.refresh()
    assert state.source_errors == {"main": "paper: timeout 3"}
    assert len(bench.told("source_error")) == 1
    bench.venue.trouble = None
    bench.refresh()
    bench.venue.trouble = SILENT
    bench.refresh()
    assert len(bench.told("source_error")) == 2


def test_an_account_that_was_never_read_makes_the_portfolio_unknown() -> None:
    bench = Bench([long_account(), other()])
    bench.venues["b"].trouble = SILENT
    state = bench.refresh()
    assert state.snapshot.value(Metric.EQUITY) is None
    assert state.snapshot.value(Metric.EQUITY, Scope(ScopeKind.EXCHANGE, "paper")) == 1_000.0
    assert state.accounts[1].observed_at is None


def test_one_silent_venue_does_not_stop_the_protection_of_another() -> None:
    rule = make_rule("drawdown", 0.1, scope={"kind": "exchange"})
    bench = Bench([long_account(), other()], rules=[rule])
    bench.refresh()
    bench.venues["b"].trouble = SILENT
    bench.show(long_account(80.0))
    for _ in range(3):
        bench.refresh(after=60.0)
    assert [request.quantity for request in bench.venues["main"].requests] == [10.0]
    assert bench.venues["b"].requests == []


def test_history_is_kept_every_ten_seconds() -> None:
    bench = Bench()
    for _ in range(25):
        bench.refresh()
    points = bench.store.history(since=NOW)
    assert [(each.observed_at - NOW) / timedelta(seconds=1) for each in points] == [1, 11, 21]
    assert points[0].equity == 1_000.0
    assert (points[0].nav, points[0].drawdown, points[0].gross_exposure) == (1.0, 0.0, 1_000.0)
