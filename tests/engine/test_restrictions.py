"""Trading states by scope and time."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.engine.restrictions import (
    OrderScope,
    Restriction,
    TradingState,
    covers,
    refusal,
    still_active,
    trading_state,
)
from tests.builders import NOW

ORDER = OrderScope("paper", "BTCUSDT", "trend")


def restriction(
    scope: Scope = PORTFOLIO,
    state: TradingState = TradingState.REDUCING,
    *,
    seconds: float | None = 60.0,
) -> Restriction:
    until = None if seconds is None else NOW + timedelta(seconds=seconds)
    return Restriction(scope, state, NOW, until, "guard", f"because of {scope}")


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (PORTFOLIO, True),
        (Scope(ScopeKind.EXCHANGE, "paper"), True),
        (Scope(ScopeKind.EXCHANGE, "other"), False),
        (Scope(ScopeKind.SYMBOL, "BTCUSDT"), True),
        (Scope(ScopeKind.SYMBOL, "ETHUSDT"), False),
        (Scope(ScopeKind.STRATEGY, "trend"), True),
        (Scope(ScopeKind.STRATEGY, "manual"), False),
        (Scope(ScopeKind.SYMBOL), True),
    ],
)
def test_a_scope_covers_the_orders_that_count_in_it(scope: Scope, covered: bool) -> None:
    assert covers(scope, ORDER) is covered


def test_the_strictest_of_portfolio_exchange_symbol_and_strategy_counts() -> None:
    symbol = restriction(Scope(ScopeKind.SYMBOL, "BTCUSDT"), TradingState.HALTED)
    state, source = trading_state([restriction(), symbol, restriction()], ORDER)
    assert (state, source) == (TradingState.HALTED, symbol)
    assert trading_state([], ORDER) == (TradingState.ACTIVE, None)


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.HALTED])
def test_only_what_adds_no_risk_passes_a_restriction(state: TradingState) -> None:
    standing = [restriction(state=state)]
    assert refusal(standing, ORDER, adds_risk=False) is None
    sentence = refusal(standing, ORDER, adds_risk=True)
    assert sentence is not None
    assert state.name in sentence
    assert "because of portfolio" in sentence
    assert standing[0].until is not None
    assert standing[0].until.isoformat() in sentence


def test_a_restriction_without_an_end_says_that_it_waits_for_a_reset() -> None:
    sentence = refusal([restriction(seconds=None)], ORDER, adds_risk=True)
    assert sentence is not None
    assert "until it is reset" in sentence


@given(st.floats(0.001, 1e6), st.floats(0.0, 1e6))
def test_a_pause_until_t_blocks_every_time_before_t_and_not_t(length: float, wait: float) -> None:
    pause = restriction(seconds=length)
    assert pause.until is not None
    blocks = bool(still_active([pause], now=NOW + timedelta(seconds=wait)))
    assert blocks is (NOW + timedelta(seconds=wait) < pause.until)
    assert still_active([pause], now=pause.until) == ()
    assert still_active([pause], now=pause.until - timedelta(microseconds=1)) == (pause,)


def test_a_restriction_until_reset_never_ends_by_itself() -> None:
    lasting = restriction(seconds=None)
    assert still_active([lasting], now=NOW + timedelta(days=10_000)) == (lasting,)
