"""Trades from fills: whose they are, how they ended, how many."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, PositionSide, Scope, ScopeKind
from etrms_core.domain.order import Fill
from etrms_core.risk.calendar import to_ms
from etrms_core.risk.trade_ledger import OpenTrade, Tally, TradeLedger, fold_fills, strategy_shares
from tests.builders import NOW, make_account, make_fill, make_position

KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)
MIDNIGHT = NOW.replace(hour=0)
TREND, CARRY = Scope(ScopeKind.STRATEGY, "trend"), Scope(ScopeKind.STRATEGY, "carry")
Shares = tuple[tuple[str, float], ...]


def fold(
    ledger: TradeLedger,
    *fills: Fill,
    held: float | None = None,
    day_start: datetime = MIDNIGHT,
) -> TradeLedger:
    """Show an account that holds `held` (by default what all lots and fills add up to)."""
    if held is None:
        before = ledger.trades.get(KEY, OpenTrade()).quantity
        known = ledger.seen.get("main", {})
        held = before + sum(fill.quantity for fill in fills if fill.fill_id not in known)
    rows = () if abs(held) < 1e-9 else (make_position(quantity=held),)
    account = make_account(*rows, fills=fills)
    return fold_fills(ledger, [account], day_start=day_start, day_start_ms=to_ms(day_start))


def watched(*, held: float = 0.0) -> TradeLedger:
    """Return a ledger that has read the account once, without fills."""
    return fold(TradeLedger(), held=held)


def shares(ledger: TradeLedger, quantity: float) -> Shares:
    return strategy_shares(ledger, KEY, quantity)


def play(fills: Sequence[Fill]) -> TradeLedger:
    """Show fills one reading at a time."""
    ledger = watched()
    for fill in fills:
        ledger = fold(ledger, fill)
    return ledger


def test_a_position_nobody_explains_is_manual() -> None:
    assert shares(watched(held=2.0), 2.0) == (("manual", 1.0),)
    assert shares(TradeLedger(), 2.0) == (("manual", 1.0),)


def test_strategies_share_a_netted_position_first_in_first_out() -> None:
    ledger = play([make_fill("1", 3.0, strategy="trend"), make_fill("2", 1.0, strategy="carry")])
    assert shares(ledger, 4.0) == (("carry", 0.25), ("trend", 0.75))
    ledger = fold(ledger, make_fill("3", -2.0, strategy="carry"))
    assert shares(ledger, 2.0) == (("carry", 0.5), ("trend", 0.5))
    ledger = fold(ledger, make_fill("4", -1.0, strategy="trend"))
    assert shares(ledger, 1.0) == (("carry", 1.0),)


def test_shares_of_a_short_are_positive() -> None:
    ledger = play([make_fill("1", -3.0, strategy="trend"), make_fill("2", -1.0)])
    assert shares(ledger, -4.0) == (("manual", 0.25), ("trend", 0.75))


def test_a_flip_belongs_to_who_flipped() -> None:
    ledger = play([make_fill("1", 2.0, strategy="trend"), make_fill("2", -5.0, strategy="carry")])
    assert shares(ledger, -3.0) == (("carry", 1.0),)


def test_growth_without_a_fill_is_the_manual_rest() -> None:
    ledger = fold(play([make_fill("1", 1.0, strategy="trend")]), held=4.0)
    assert shares(ledger, 4.0) == (("manual", 0.75), ("trend", 0.25))


def test_a_position_that_shrank_without_a_fill_is_manual() -> None:
    ledger = fold(play([make_fill("1", 4.0, strategy="trend")]), held=1.0)
    assert shares(ledger, 1.0) == (("manual", 1.0),)


@given(
    st.lists(
        st.tuples(st.integers(-9, 9).filter(bool), st.sampled_from(["trend", "carry", None])),
        max_size=20,
    )
)
def test_shares_are_positive_and_add_up_to_one(fills: list[tuple[int, str | None]]) -> None:
    ledger, held = watched(), 0.0
    for number, (lots, strategy) in enumerate(fills):
        held = round(held + 0.1 * lots, 10)
        ledger = fold(ledger, make_fill(str(number), 0.1 * lots, strategy=strategy), held=held)
        if held != 0.0:
            found = shares(ledger, held)
            assert sum(share for _, share in found) == pytest.approx(1.0, rel=1e-6)
            assert all(share > 0.0 for _, share in found)


def test_overlapping_readings_count_a_fill_once() -> None:
    fill = make_fill("1", 1.0, strategy="trend")
    ledger = fold(watched(), fill)
    again = fold(ledger, fill)
    assert again.tallies == ledger.tallies
    assert again.tallies[PORTFOLIO] == Tally(consecutive_losses=0, trades_today=1)
    assert shares(again, 1.0) == (("trend", 1.0),)


def test_fills_of_before_the_desk_watched_explain_but_do_not_count() -> None:
    history = (
        make_fill("1", 1.0, strategy="trend"),
        make_fill("2", -1.0, realized_pnl=-50.0),
        make_fill("3", 2.0, strategy="carry"),
    )
    ledger = fold(TradeLedger(), *history)
    assert ledger.tallies == {}
    assert shares(ledger, 2.0) == (("carry", 1.0),)
    closed = fold(ledger, *history, make_fill("4", -2.0, realized_pnl=-10.0))
    assert closed.tallies[PORTFOLIO] == Tally(consecutive_losses=1, trades_today=0)


def test_a_history_in_pieces_gives_the_same_ledger_as_in_one() -> None:
    fills = tuple(
        make_fill(str(number), quantity, strategy=strategy, realized_pnl=-1.0)
        for number, (quantity, strategy) in enumerate(
            [(1.0, "trend"), (2.0, "carry"), (-3.0, None), (1.0, "trend"), (-1.0, None)]
        )
    )
    at_once, in_pieces = fold(watched(), *fills), watched()
    for end in range(1, len(fills) + 1):
        in_pieces = fold(in_pieces, *fills[:end])
    assert at_once == in_pieces


def close(fill_id: str, result: float, fee: float = 0.0) -> tuple[Fill, Fill]:
    """Open and close one trade with a result."""
    return (
        make_fill(f"{fill_id}-open", 1.0, strategy="trend"),
        make_fill(f"{fill_id}-close", -1.0, realized_pnl=result, fee=fee),
    )


def test_losing_trades_in_a_row_are_counted_until_one_does_not_lose() -> None:
    losing = play([*close("1", -5.0), *close("2", -5.0)])
    assert losing.tallies[PORTFOLIO].consecutive_losses == 2
    assert fold(losing, *close("3", 0.0)).tallies[PORTFOLIO].consecutive_losses == 0


def test_fees_can_make_a_trade_a_loss() -> None:
    assert play(close("1", 5.0, fee=6.0)).tallies[PORTFOLIO].consecutive_losses == 1


def test_a_trade_is_judged_by_all_its_fills() -> None:
    fills = [
        make_fill("1", 2.0, fee=1.0),
        make_fill("2", -1.0, realized_pnl=-50.0),
        make_fill("3", -1.0, realized_pnl=60.0),
    ]
    assert play(fills[:2]).tallies[PORTFOLIO].consecutive_losses == 0
    assert play(fills).tallies[PORTFOLIO].consecutive_losses == 0
    assert play([fills[0], fills[1], replace(fills[2], realized_pnl=50.0)]).tallies[
        PORTFOLIO
    ] == Tally(consecutive_losses=1, trades_today=1)


def test_a_closed_loss_does_not_burden_the_next_trade_of_the_same_reading() -> None:
    ledger = fold(watched(), *close("1", -100.0), *close("2", 10.0))
    assert ledger.tallies[PORTFOLIO].consecutive_losses == 0
    assert ledger.tallies[PORTFOLIO].trades_today == 2


def test_rounding_leaves_no_trade_open() -> None:
    ledger = play(
        [
            make_fill("1", 100_000.1, strategy="trend"),
            make_fill("2", 0.001, strategy="carry"),
            make_fill("3", -100_000.101, realized_pnl=-1.0),
        ]
    )
    assert ledger.tallies[PORTFOLIO].consecutive_losses == 1


def test_a_trade_counts_for_portfolio_exchange_symbol_and_the_strategy_that_opened_it() -> None:
    ledger = play(close("1", -5.0))
    assert {str(scope): tally for scope, tally in ledger.tallies.items()} == {
        name: Tally(consecutive_losses=1, trades_today=1)
        for name in ("portfolio", "exchange:paper", "symbol:BTCUSDT", "strategy:trend")
    }


def test_a_flip_closes_one_trade_and_opens_another() -> None:
    ledger = play(
        [
            make_fill("1", 1.0, strategy="trend"),
            make_fill("2", -3.0, strategy="carry", realized_pnl=-5.0),
        ]
    )
    assert ledger.tallies[PORTFOLIO] == Tally(consecutive_losses=1, trades_today=2)
    assert ledger.tallies[TREND] == Tally(consecutive_losses=1, trades_today=1)
    assert ledger.tallies[CARRY] == Tally(consecutive_losses=0, trades_today=1)


def test_trades_of_the_day_start_again_at_local_midnight_and_streaks_go_on() -> None:
    ledger = play(close("1", -5.0))
    following = fold(ledger, day_start=MIDNIGHT + timedelta(days=1))
    assert following.tallies[PORTFOLIO] == Tally(consecutive_losses=1, trades_today=0)


def test_a_fill_of_yesterday_that_shows_today_is_no_trade_of_today() -> None:
    late = make_fill("1", 1.0, filled_at=MIDNIGHT - timedelta(seconds=1))
    assert fold(watched(), late).tallies.get(PORTFOLIO, Tally()).trades_today == 0
    assert fold(watched(), replace(late, filled_at=MIDNIGHT)).tallies[PORTFOLIO].trades_today == 1


def test_a_fill_older_than_the_memory_is_not_counted_again() -> None:
    ledger = play([make_fill("1", 1.0), make_fill("2", 1.0, filled_at=NOW + timedelta(days=3))])
    assert set(ledger.seen["main"]) == {"2"}
    again = fold(ledger, make_fill("1", 1.0), held=2.0)
    assert again.tallies == ledger.tallies


def test_two_accounts_keep_their_trades_apart() -> None:
    accounts = [
        make_account(make_position(quantity=1.0), account=name, venue=name) for name in ("a", "b")
    ]
    start = to_ms(MIDNIGHT)
    ledger = fold_fills(TradeLedger(), accounts, day_start=MIDNIGHT, day_start_ms=start)
    closed = replace(accounts[0], positions=(), fills=(make_fill("1", -1.0, realized_pnl=-3.0),))
    ledger = fold_fills(ledger, [closed, accounts[1]], day_start=MIDNIGHT, day_start_ms=start)
    assert [key.account for key in ledger.trades] == ["b"]
    assert ledger.tallies[Scope(ScopeKind.EXCHANGE, "a")].consecutive_losses == 1
    assert Scope(ScopeKind.EXCHANGE, "b") not in ledger.tallies
