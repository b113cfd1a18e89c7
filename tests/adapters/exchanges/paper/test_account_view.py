"""A paper account as the desk sees it."""

from etrms_core.adapters.exchanges.paper.account_view import account_view
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.account import AccountState, Balance, LedgerTotal
from etrms_core.domain.instrument import Instrument, single_tier
from etrms_core.domain.market_data import Quote
from tests.adapters.exchanges.paper.accounts import (
    HOUR,
    MINUTE,
    NET,
    START,
    SYMBOL,
    make_state,
    only_position,
)

INSTRUMENTS = {SYMBOL: Instrument(SYMBOL, tiers=single_tier(0.02))}
QUOTE = Quote(SYMBOL, START, 104.0, 103.9, 104.1, 0.0001, START + HOUR)


def long_state() -> PaperState:
    state = make_state()
    opened = Execution(quantity=2.0, price=100.0, fee=0.2, at=START, reason="signal")
    settle_fill(state, NET, opened)
    return state


def show(
    state: PaperState,
    quotes: dict[str, Quote] | None = None,
    pace: MarketPace | None = None,
) -> AccountState:
    return account_view(
        state, account="main", instruments=INSTRUMENTS, observed_at=START, quotes=quotes, pace=pace
    )


def test_the_view_names_the_account_and_shows_wallet_fills_and_ledger() -> None:
    state = long_state()
    seen = show(state)
    assert (seen.account, seen.venue, seen.observed_at, seen.is_paper) == (
        "main",
        "paper",
        START,
        True,
    )
    assert seen.balances == (Balance("USDT", 999.8, 1.0),)
    assert seen.fills == tuple(state.recent_fills)
    assert seen.ledger == (LedgerTotal(SYMBOL, 0.0, 0.2, 0.0),)


def test_a_position_is_shown_with_its_tiers_its_quote_and_its_next_funding() -> None:
    slow = MarketPace(START, START, 60.0)
    position = only_position(show(long_state(), {SYMBOL: QUOTE}, slow))
    assert (position.quantity, position.entry_price, position.mark_price) == (2.0, 100.0, 104.0)
    assert position.tiers == single_tier(0.02)
    assert position.funding_rate == 0.0001
    assert position.next_funding_at == START + MINUTE


def test_without_quotes_the_marks_of_the_account_stand() -> None:
    position = only_position(show(long_state()))
    assert position.mark_price == 100.0
    assert (position.funding_rate, position.next_funding_at) == (None, None)


def test_a_position_whose_quote_is_missing_has_no_mark() -> None:
    assert only_position(show(long_state(), {})).mark_price is None
