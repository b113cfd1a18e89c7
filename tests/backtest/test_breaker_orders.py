"""What the venue would have said to the orders that breakers gave in a run."""

from dataclasses import replace

import numpy as np
import pytest

from etrms_core.backtest.breaker_accounts import RunTerms, account_state, moment
from etrms_core.backtest.breaker_orders import order_events
from etrms_core.backtest.breaker_scopes import ACCOUNT
from etrms_core.backtest.simulation_arrays import opening_book
from etrms_core.backtest.simulation_run import FILL, FillReason
from etrms_core.backtest.terms import AccountTerms, FillTime
from etrms_core.domain.account import MarginMode
from etrms_core.domain.commands import Cause, ClosePosition, Command, ReducePosition, SetLeverage
from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, PositionSide
from etrms_core.domain.instrument import Instrument
from tests.backtest.simulated_markets import START_MS

KEY = PositionKey(ACCOUNT, "BTC", PositionSide.NET)
CAUSES = (Cause("guard", "guard", PORTFOLIO, moment(START_MS), 0.1, "close_all", "drawdown"),)
TERMS = RunTerms(
    symbols=("BTC",),
    instruments={"BTC": Instrument("BTC", lot_size=1.0)},
    account=AccountTerms(),
    strategy_name="one",
    scopes=(PORTFOLIO,),
)


def sentences(command: Command, terms: RunTerms = TERMS, wallet: float = 1_000.0) -> list[str]:
    """Give one command to an account that is long ten at 100 with a leverage of five."""
    book = opening_book(list(terms.instruments.values()), 5.0)
    book.quantity, book.entry_price, book.mark_price = 10.0, 100.0, 100.0
    state = account_state(terms, book, [0], wallet, moment(START_MS))
    fills = np.zeros(1, FILL).view(np.recarray)
    fills.time_ms, fills.quantity, fills.price = START_MS, -10.0, 99.5
    fills.reason = FillReason.BREAKER
    return [each.detail for each in order_events([command], state, terms, book, wallet, fills)]


def test_an_order_that_waits_for_the_open_has_no_price_yet() -> None:
    (text,) = sentences(ClosePosition(KEY, 10.0, CAUSES))
    assert text == "reduce-only market sell 10 BTC on replay"


def test_an_order_that_fills_at_the_close_tells_its_price() -> None:
    terms = replace(TERMS, account=AccountTerms(fill=FillTime.CLOSE))
    (text,) = sentences(ClosePosition(KEY, 10.0, CAUSES), terms)
    assert text == "reduce-only market sell 10 BTC on replay, filled at 99.5"


def test_less_than_a_lot_cannot_be_reduced() -> None:
    (text,) = sentences(ReducePosition(KEY, 0.4, CAUSES))
    assert text == "0.4 BTC is less than one lot of 1"


@pytest.mark.parametrize(
    ("leverage", "mode", "wallet", "text"),
    [
        (2.0, MarginMode.CROSS, 1_000.0, "leverage of replay:BTC set to 2"),
        (2.0, MarginMode.CROSS, 400.0, "paper: leverage 2 of BTC needs 300.00 more margin"),
        (
            2.0,
            MarginMode.ISOLATED,
            1_000.0,
            "paper: leverage of the isolated position in BTC cannot be lowered",
        ),
    ],
)
def test_a_leverage_is_lowered_as_far_as_margin_allows(
    leverage: float, mode: MarginMode, wallet: float, text: str
) -> None:
    terms = replace(TERMS, account=AccountTerms(margin_mode=mode))
    assert sentences(SetLeverage(ACCOUNT, "BTC", leverage, CAUSES), terms, wallet) == [text]
