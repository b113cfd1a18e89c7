"""Results, unexplained jumps, accounts that join and leave."""

from dataclasses import replace

import pytest

from etrms_core.domain.account import AccountState, Balance
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.engine.account_memory import quote_price
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import RiskSnapshot
from tests.builders import make_account, make_fill, make_position
from tests.engine.desk import (
    NEVER,
    PATIENT,
    Desk,
    breaker_kinds,
    desk_kinds,
    held_account,
    long_account,
    make_flow,
    make_rule,
    with_flows,
    with_ledger,
)

BTC = Scope(ScopeKind.SYMBOL, "BTCUSDT")


def total(snapshot: RiskSnapshot, scope: Scope = PORTFOLIO) -> float:
    result = snapshot.result(scope)
    assert result is not None
    return result.total


def test_an_equity_jump_is_held_for_one_reading_and_then_judged() -> None:
    desk = Desk(rules=(make_rule(threshold=0.05),))
    desk.read(long_account())
    odd = desk.read(long_account(wallet=900.0))
    assert desk_kinds(odd) == ["equity_jump_held"]
    assert odd.snapshot.value(Metric.EQUITY) is None
    assert "jumped by -100.00" in odd.snapshot.reasons[PORTFOLIO]
    assert (odd.commands, breaker_kinds(odd)) == ((), [])
    confirmed = desk.read(long_account(wallet=900.0))
    assert confirmed.snapshot.value(Metric.EQUITY) == 900.0
    assert confirmed.snapshot.value(Metric.DRAWDOWN) == pytest.approx(0.1)
    assert breaker_kinds(confirmed)[0] == "triggered"
    assert len(confirmed.commands) == 1


def test_an_equity_jump_that_was_an_error_leaves_no_trace() -> None:
    desk = Desk(rules=(make_rule(threshold=0.05),))
    desk.read(long_account())
    desk.read(long_account(wallet=1.0))
    healed = desk.read(long_account())
    assert healed.snapshot.value(Metric.DRAWDOWN) == 0.0
    assert (healed.commands, total(healed.snapshot)) == ((), 0.0)


def test_an_equity_jump_is_explained_by_a_flow_that_comes_late() -> None:
    desk = Desk(rules=(make_rule(threshold=0.05),))
    desk.read(make_account())
    assert desk_kinds(desk.read(make_account(wallet=500.0))) == ["equity_jump_held"]
    explained = desk.read(with_flows(make_account(wallet=500.0), make_flow(-500.0)))
    assert explained.snapshot.value(Metric.NAV) == 1.0
    assert total(explained.snapshot) == 0.0
    assert breaker_kinds(explained) == []


def test_trades_fees_prices_and_flows_explain_what_they_did() -> None:
    desk = Desk()
    desk.read(held_account(Balance("USDT", 1000.0, 1.0), Balance("BNB", 1.0, 600.0)))
    wallet = (Balance("USDT", 1500.0, 1.0), Balance("BNB", 1.0, 300.0))
    moved = with_flows(with_ledger(held_account(*wallet), BTCUSDT=300.0), make_flow(200.0))
    result = desk.read(moved)
    assert "equity_jump_held" not in desk_kinds(result)
    assert total(result.snapshot) == pytest.approx(0.0)


@pytest.mark.parametrize(("change", "held"), [(-9.9, False), (-10.1, True), (10.1, True)])
def test_one_percent_of_equity_is_the_limit(change: float, held: bool) -> None:
    desk = Desk()
    desk.read(make_account())
    result = desk.read(make_account(wallet=1000.0 + change))
    assert ("equity_jump_held" in desk_kinds(result)) is held


def test_a_venue_that_tells_no_results_cannot_jump() -> None:
    desk = Desk()
    silent = replace(make_account(), ledger=None)
    desk.read(silent)
    assert desk_kinds(desk.read(replace(make_account(wallet=1.0), ledger=None))) == []


def test_a_jump_of_one_account_leaves_rules_on_other_exchanges_on_guard() -> None:
    rule = make_rule(threshold=0.05, scope={"kind": "exchange"})
    desk = Desk(rules=(rule,))
    desk.read(long_account(account="a"), long_account(account="b", venue="other"))
    result = desk.read(
        long_account(account="a", wallet=500.0), long_account(90.0, account="b", venue="other")
    )
    triggered = [event for event in result.events if event.kind.value == "triggered"]
    assert [str(getattr(event, "scope", "")) for event in triggered] == ["exchange:other"]


def test_a_deposit_elsewhere_during_a_jump_is_no_profit_later() -> None:
    desk = Desk()
    desk.read(make_account(account="a"), make_account(account="b"))
    paid = with_flows(make_account(account="b", wallet=1500.0), make_flow(500.0))
    desk.read(make_account(account="a", wallet=500.0), paid)
    assert total(desk.read(make_account(account="a"), paid).snapshot) == 0.0


def test_the_result_of_a_symbol_counts_once_over_a_held_reading() -> None:
    desk = Desk()
    desk.read(long_account())
    desk.read(long_account(101.0, wallet=800.0))
    confirmed = desk.read(long_account(102.0, wallet=800.0))
    assert total(confirmed.snapshot, BTC) == pytest.approx(20.0)


def test_the_result_of_a_symbol_survives_a_silent_venue() -> None:
    desk = Desk(policy=PATIENT)
    both = (long_account(account="a"), long_account(account="b", venue="other"))
    desk.read(*both)
    desk.read(both[0], long_account(105.0, account="b", venue="other"), ages={"a": 999.0})
    back = desk.read(
        long_account(103.0, account="a"), long_account(105.0, account="b", venue="other")
    )
    assert total(back.snapshot, BTC) == pytest.approx(30.0 + 50.0)
    assert total(back.snapshot) == pytest.approx(80.0)


def test_the_result_of_a_symbol_survives_a_missing_mark() -> None:
    desk = Desk()
    desk.read(long_account())
    unknown = desk.read(long_account(None))
    assert unknown.snapshot.value(Metric.EQUITY) is None
    assert "a mark price of BTCUSDT" in unknown.snapshot.reasons[PORTFOLIO]
    assert total(desk.read(long_account(101.0)).snapshot, BTC) == pytest.approx(10.0)


def test_a_strategy_is_credited_with_what_it_closed() -> None:
    desk = Desk()
    entry = make_fill("f1", 10.0, strategy="trend")
    desk.read(replace(make_account(), fills=()))
    desk.read(replace(long_account(), fills=(entry,)))
    leave = make_fill("f2", -10.0, strategy="trend", realized_pnl=50.0)
    closed = with_ledger(make_account(wallet=1050.0, fills=(entry, leave)), BTCUSDT=50.0)
    result = desk.read(closed)
    assert total(result.snapshot, Scope(ScopeKind.STRATEGY, "trend")) == pytest.approx(50.0)
    assert total(result.snapshot, BTC) == pytest.approx(50.0)


def test_an_account_that_joins_or_leaves_makes_no_result() -> None:
    desk = Desk()
    desk.read(long_account(110.0, account="a"))
    joined = desk.read(long_account(110.0, account="a"), make_account(account="b", wallet=9000.0))
    assert joined.snapshot.value(Metric.NAV) == 1.0
    assert total(joined.snapshot) == 0.0
    left = desk.read(make_account(account="b", wallet=9000.0))
    assert left.snapshot.value(Metric.EQUITY) == 9000.0
    assert left.snapshot.value(Metric.NAV) == 1.0
    assert total(left.snapshot) == 0.0


def test_an_account_that_joins_without_a_price_makes_no_result_when_it_has_one() -> None:
    desk = Desk()
    first = make_account(account="a")
    desk.read(first)
    desk.read(first, held_account(Balance("NEW", 5.0, None), account="b"))
    priced = held_account(Balance("NEW", 5.0, 100.0), account="b")
    result = desk.read(first, priced)
    assert result.snapshot.value(Metric.EQUITY) == 1500.0
    assert (result.snapshot.value(Metric.NAV), total(result.snapshot)) == (1.0, 0.0)


def test_an_account_that_is_read_late_for_the_first_time_makes_no_result() -> None:
    desk = Desk()
    a, b = make_account(account="a"), make_account(account="b", venue="other")
    unknown = desk.read(a, b, ages={"b": NEVER})
    assert unknown.snapshot.value(Metric.EQUITY) is None
    assert unknown.snapshot.reasons[PORTFOLIO] == "b was never read"
    result = desk.read(a, b)
    assert (result.snapshot.value(Metric.NAV), total(result.snapshot)) == (1.0, 0.0)


def account(*balances: Balance) -> AccountState:
    return held_account(*balances)


def test_results_are_priced_in_the_quote_asset_and_not_in_whatever_is_held_first() -> None:
    coins = (Balance("BNB", 1.0, 600.0), Balance("USDT", 5.0, 0.99))
    assert quote_price(account(*coins)) == 0.99
    assert quote_price(account(Balance("BTC", 1.0, 50_000.0))) == 50_000.0
    assert quote_price(account()) == 1.0
    quoted = replace(account(*coins), positions=(replace(make_position(), quote_asset="BNB"),))
    assert quote_price(quoted) == 600.0


def test_closing_the_last_position_of_a_mixed_wallet_is_no_jump() -> None:
    desk = Desk()
    wallet = (Balance("BNB", 1.0, 600.0), Balance("USDT", 1000.0, 1.0))
    desk.read(replace(held_account(*wallet), positions=long_account().positions))
    paid = (Balance("BNB", 1.0, 600.0), Balance("USDT", 1050.0, 1.0))
    result = desk.read(with_ledger(held_account(*paid), BTCUSDT=50.0))
    assert desk_kinds(result) == ["position_closed"]
    assert total(result.snapshot, BTC) == pytest.approx(50.0)
