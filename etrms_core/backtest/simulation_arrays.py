"""Terms, instruments, funding and signals as the arrays that the simulation's kernels read."""

from collections.abc import Sequence
from math import nan

import numpy as np

from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.terms import (
    AccountTerms,
    Bounds,
    Direction,
    FillTime,
    SizeKind,
    TradingTerms,
)
from etrms_core.domain.account import MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.kernels.arrays import FloatArray, IntArray, Record, Records
from etrms_core.kernels.margin import Tiers
from etrms_core.kernels.simulated_book import ACCOUNT, NEVER_MS, TERMS, empty_book

SIZE_CODES = {kind: code for code, kind in enumerate(SizeKind)}


def terms_record(account: AccountTerms, trading: TradingTerms, timeframe_ms: int) -> Record:
    """Lay terms out as the one record that kernels read."""
    terms = np.zeros(1, TERMS).view(np.recarray)[0]
    terms.leverage = account.leverage
    terms.taker_fee = account.taker_fee
    terms.liquidation_fee = account.liquidation_fee
    terms.slippage_bps = account.slippage_bps
    terms.size_kind = SIZE_CODES[trading.size.kind]
    terms.size_value = trading.size.value
    terms.stop_loss = _or_nan(trading.stop_loss)
    terms.take_profit = _or_nan(trading.take_profit)
    terms.trailing_stop = _or_nan(trading.trailing_stop)
    terms.volume_share = _or_nan(account.volume_share)
    terms.timeframe_ms = timeframe_ms
    terms.allows_long = trading.direction is not Direction.SHORT_ONLY
    terms.allows_short = trading.direction is not Direction.LONG_ONLY
    terms.fills_at_close = account.fill is FillTime.CLOSE
    terms.liquidates = account.liquidation
    terms.is_isolated = account.margin_mode is MarginMode.ISOLATED
    terms.is_optimistic = account.bounds is Bounds.OPTIMISTIC
    return terms


def account_record(capital: float) -> Record:
    """Return an account that holds only money."""
    account = np.zeros(1, ACCOUNT).view(np.recarray)[0]
    account.wallet = capital
    account.next_funding_ms = NEVER_MS
    return account


def opening_book(instruments: Sequence[Instrument], leverage: float) -> Records:
    """Return the empty book of an account with the steps and limits of its contracts."""
    book = empty_book(len(instruments), leverage)
    for row, instrument in zip(book, instruments, strict=True):
        row.leverage = min(leverage, instrument.maximum_leverage)
        row.tick_size = instrument.tick_size
        row.lot_size = instrument.lot_size
        row.minimum_notional = instrument.minimum_notional
        row.maximum_quantity = instrument.maximum_quantity
        row.maximum_leverage = instrument.maximum_leverage
    return book


def tier_arrays(instruments: Sequence[Instrument]) -> Tiers:
    """Lay the margin tiers of contracts out, one contract after another."""
    tiers = [instrument.tiers for instrument in instruments]
    first = np.zeros(len(tiers) + 1, np.int64)
    np.cumsum([len(each.rates) for each in tiers], out=first[1:])
    return Tiers(
        first,
        np.array([value for each in tiers for value in each.notional_floors], np.float64),
        np.array([value for each in tiers for value in each.rates], np.float64),
        np.array([value for each in tiers for value in each.amounts], np.float64),
    )


def funding_arrays(
    series: Sequence[FundingSeries], start_ms: int
) -> tuple[IntArray, FloatArray, IntArray, IntArray]:
    """Join the funding of all symbols.

    Returns
    -------
    tuple of ndarray
        Times, rates, where each symbol begins, and its first row that is not before the start.
    """
    first = np.zeros(len(series) + 1, np.int64)
    np.cumsum([each.rate.size for each in series], out=first[1:])
    settled = np.concatenate([np.asarray(each.settled_ms, np.int64) for each in series])
    rates = np.concatenate([np.asarray(each.rate, np.float64) for each in series])
    following = [
        begin + int(np.searchsorted(each.settled_ms, start_ms))
        for begin, each in zip(first, series, strict=False)
    ]
    return settled, rates, first, np.array(following, np.int64)


def _or_nan(value: float | None) -> float:
    return nan if value is None else value
