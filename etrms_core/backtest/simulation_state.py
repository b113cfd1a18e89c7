"""All arrays of one simulation, as its kernels take them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from etrms_core.backtest.market import Market
from etrms_core.backtest.simulation_arrays import (
    account_record,
    funding_arrays,
    opening_book,
    terms_record,
    tier_arrays,
)
from etrms_core.backtest.simulation_run import FILL, PAYMENT
from etrms_core.backtest.simulation_window import MarketWindow, read_only
from etrms_core.backtest.terms import AccountTerms, TradingTerms
from etrms_core.domain.instrument import Instrument
from etrms_core.kernels.arrays import Records
from etrms_core.kernels.simulation import FILLS_PER_BAR

FIRST_FILLS = 4_096


class SimulationState:
    """An account before its first bar, with room for what a run leaves behind.

    Attributes
    ----------
    equity : ndarray of shape (n_bars + 1,)
    worst : ndarray of shape (n_bars,)
        Equity at the adverse extremes.
    """

    def __init__(
        self,
        market: Market,
        *,
        account: AccountTerms,
        trading: TradingTerms,
        instruments: Sequence[Instrument],
    ) -> None:
        size = int(market.open_ms.size)
        self.book = opening_book(instruments, account.leverage)
        self.account = account_record(account.initial_capital)
        self.terms = terms_record(account, trading, market.timeframe_ms)
        self.tiers = tier_arrays(instruments)
        self.fills = _rows(FIRST_FILLS + FILLS_PER_BAR * self.book.size, FILL)
        self._open_ms = read_only(market.open_ms)
        self._lay_funding(market)
        self.equity, self.worst = np.empty(size + 1), np.empty(size)
        self.equity[0] = account.initial_capital

    def arguments(self, window: MarketWindow, start: int, stop: int) -> tuple[Any, ...]:
        """Return the arrays that `play_bars` takes first, for a window of bars."""
        return (
            self.book,
            self.account,
            self.terms,
            self.tiers,
            self.fills,
            self.payments,
            *self._settlements,
            self._open_ms[start:stop],
            window.bars,
            window.marks,
            window.codes,
            self.equity[start + 1 : stop + 1],
            self.worst[start:stop],
        )

    def make_room(self) -> None:
        """Double the room for fills when a bar may need more than there is."""
        if self.account.fills + FILLS_PER_BAR * self.book.size > self.fills.size:
            grown = _rows(2 * self.fills.size, FILL)
            grown[: self.fills.size] = self.fills
            self.fills = grown

    def filled(self) -> Records:
        """Return the fills, oldest first."""
        return self.fills[: self.account.fills].view(np.recarray)

    def paid(self) -> Records:
        """Return the funding payments, oldest first."""
        written = self.payments[: self.account.payments]
        return written[np.argsort(written["time_ms"], kind="stable")].view(np.recarray)

    def _lay_funding(self, market: Market) -> None:
        settled, rates, first, following = funding_arrays(market.funding, int(market.open_ms[0]))
        self.payments = _rows(settled.size, PAYMENT)
        self._settlements = (settled, rates, first)
        self.book.next_funding = following
        coming = settled[following[following < first[1:]]]
        if coming.size:
            self.account.next_funding_ms = coming.min()


def _rows(count: int, kind: np.dtype[np.void]) -> Records:
    return np.zeros(count, kind).view(np.recarray)
