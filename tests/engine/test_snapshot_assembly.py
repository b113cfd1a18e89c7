"""What a snapshot says of every scope, and why it does not know."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.domain.account import Balance
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot
from tests.builders import make_account, make_position
from tests.engine.desk import NEVER, Desk, held_account, long_account

A, B = Scope(ScopeKind.EXCHANGE, "paper"), Scope(ScopeKind.EXCHANGE, "other")
BTC, ETH = Scope(ScopeKind.SYMBOL, "BTCUSDT"), Scope(ScopeKind.SYMBOL, "ETHUSDT")


def two_venues(age: float) -> RiskSnapshot:
    desk = Desk()
    a = long_account(account="a")
    b = long_account(account="b", venue="other", symbol="ETHUSDT")
    desk.read(a, b)
    return desk.read(a, b, ages={"b": age}).snapshot


def quality(snapshot: RiskSnapshot, scope: Scope) -> DataQuality:
    return snapshot.qualities[snapshot.index[scope]]


def test_a_stale_venue_still_counts_and_marks_what_it_touches() -> None:
    snapshot = two_venues(60.0)
    assert snapshot.value(Metric.EQUITY) == 2000.0
    assert [quality(snapshot, scope) for scope in (PORTFOLIO, A, B, BTC, ETH)] == [
        DataQuality.STALE,
        DataQuality.FRESH,
        DataQuality.STALE,
        DataQuality.FRESH,
        DataQuality.STALE,
    ]
    assert snapshot.reasons[PORTFOLIO] == "b was last read 60 s ago"
    assert A not in snapshot.reasons


def test_after_the_carry_time_what_it_touches_is_unknown() -> None:
    snapshot = two_venues(131.0)
    assert snapshot.value(Metric.EQUITY) is None
    assert snapshot.value(Metric.DRAWDOWN) is None
    assert snapshot.value(Metric.GROSS_EXPOSURE, B) is None
    assert snapshot.value(Metric.EQUITY, A) == 1000.0
    assert snapshot.value(Metric.DRAWDOWN, A) == 0.0
    assert snapshot.value(Metric.POSITION_LOSS, BTC) == 0.0
    assert quality(snapshot, PORTFOLIO) is DataQuality.UNKNOWN


def test_age_is_that_of_the_oldest_reading_and_always_known() -> None:
    assert two_venues(60.0).value(Metric.DATA_AGE_SECONDS) == 60.0
    assert two_venues(60.0).value(Metric.DATA_AGE_SECONDS, A) == 0.0
    assert Desk().read(make_account(), ages={"main": NEVER}).snapshot.value(
        Metric.DATA_AGE_SECONDS
    ) == float("inf")


def test_a_missing_price_or_leverage_is_named() -> None:
    dark = held_account(Balance("NEW", 1.0, None), account="dark")
    bare = make_account(make_position(leverage=None), account="bare")
    snapshot = Desk().read(dark, bare).snapshot
    assert snapshot.reasons[PORTFOLIO] == (
        "bare lacks the leverage of BTCUSDT; dark lacks a price of NEW"
    )
    assert snapshot.reasons[BTC] == "bare lacks the leverage of BTCUSDT"


def test_all_is_well_when_nothing_is_missing() -> None:
    assert Desk().read(long_account()).snapshot.reasons == {}


accounts = st.lists(
    st.tuples(
        st.sampled_from(["x", "y", "z"]),
        st.floats(10.0, 1e6),
        st.floats(-50.0, 50.0).filter(lambda quantity: abs(quantity) > 0.01),
        st.floats(1.0, 500.0),
        st.sampled_from(["BTCUSDT", "ETHUSDT"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(accounts)
def test_the_sum_over_exchanges_is_the_total(
    rows: list[tuple[str, float, float, float, str]],
) -> None:
    desk = Desk()
    states = [
        make_account(
            make_position(symbol, quantity, 100.0, mark_price=mark),
            account=f"account{number}",
            venue=venue,
            wallet=wallet,
        )
        for number, (venue, wallet, quantity, mark, symbol) in enumerate(rows)
    ]
    snapshot = desk.read(*states).snapshot
    exchanges = [scope for scope in snapshot.scopes if scope.kind is ScopeKind.EXCHANGE]
    symbols = [scope for scope in snapshot.scopes if scope.kind is ScopeKind.SYMBOL]
    for metric in (Metric.EQUITY, Metric.GROSS_EXPOSURE, Metric.NET_EXPOSURE):
        parts = [snapshot.value(metric, scope) or 0.0 for scope in exchanges]
        assert sum(parts) == pytest.approx(snapshot.value(metric), rel=1e-9, abs=1e-6)
    gross = [snapshot.value(Metric.GROSS_EXPOSURE, scope) or 0.0 for scope in symbols]
    assert sum(gross) == pytest.approx(snapshot.value(Metric.GROSS_EXPOSURE), rel=1e-9)


def test_a_silent_account_makes_exposure_unknown_though_it_showed_nothing() -> None:
    desk = Desk()
    both = (long_account(account="a"), make_account(account="b", venue="other"))
    snapshot = desk.read(*both, ages={"b": NEVER}).snapshot
    for metric in (Metric.GROSS_EXPOSURE, Metric.POSITION_NOTIONAL, Metric.UNGUARDED_NOTIONAL):
        assert snapshot.value(metric) is None
        assert snapshot.value(metric, B) is None
        assert snapshot.value(metric, A) == snapshot.value(metric, BTC)
        assert snapshot.value(metric, A) is not None
