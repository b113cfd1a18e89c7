"""What a simulated account holds, trades on and remembers, as records.

Kernels read and write `book[row].quantity` and the like; symbols stand in configuration order.
"""

import numpy as np
from numpy.typing import NDArray

from etrms_core.kernels.arrays import Records

CodeArray = NDArray[np.int8]

# Rows of a window of bars, which has the shape (n_symbols, ROWS, n_bars).
OPEN, HIGH, LOW, CLOSE, VOLUME, TARGET, VOLATILITY = range(7)
ROWS = 7
# Bits of a signal code; ABSENT: the symbol has no bar, its prices are those of the last mark.
ENTER_LONG, EXIT_LONG, ENTER_SHORT, EXIT_SHORT, ABSENT, HAS_TARGET = 1, 2, 4, 8, 16, 32
# Why an order filled, and what an entry's size means.
SIGNAL, STOP_LOSS, TAKE_PROFIT, TRAILING_STOP, LIQUIDATION, BREAKER = range(6)
EQUITY_FRACTION, NOTIONAL, QUANTITY, RISK_FRACTION, VOLATILITY_TARGET = range(5)
NEVER_MS = 2**62

# `quantity`: signed base units, 0 when flat. `entry_price`: average, 0 when flat. `mark_price`: the
# mark at the present moment, at a bar's close that of the close; NaN before the first bar.
# `isolated_margin`: part of the wallet set aside, 0 under cross margin. `opened_ms`: when the
# symbol was last flat or turned. `leverage`: of the symbol, for size and margin. `funding_rate`:
# that of the next settlement, NaN where nobody knows it, as always in bars. `guarded`: whether a
# stop rests. `stop_level`, `profit_level`, `guard_level`: quote currency, NaN where none rests.
# `best_price`: most favourable price that the trailing stop has seen, NaN without one.
# Orders that wait: `exit_quantity` (unsigned, 0 when none) with `exit_reason`, from the bar
# `exit_from` on; `entry_side` (+1, -1, 0 when none), or `target` (signed fraction of equity, NaN
# when none) with `may_add`, whether it may add risk; `volatility`: known when it was decided.
# `next_funding`: row of the symbol's next settlement. `closed_bar`: the last bar in which a stop,
# take-profit, liquidation or breaker took it down. `is_blocked`: whether breakers refuse entries.
# `quiet_until`: bar of the window before which prices reach nothing of the symbol, 0 when nobody
# looked; `signal_bar`: the first from the present one on with a code; `highest_mark` of the window;
# `margin_bound`: what its maintenance margin cannot exceed there. `tick_size`, `lot_size`,
# `minimum_notional` (0: none), `maximum_quantity` and `maximum_leverage` are the contract's.
# `noted_quantity`, `trade_result`: what breakers were told of its trade.
POSITION = np.dtype(
    [
        ("quantity", np.float64),
        ("entry_price", np.float64),
        ("mark_price", np.float64),
        ("isolated_margin", np.float64),
        ("opened_ms", np.int64),
        ("leverage", np.float64),
        ("funding_rate", np.float64),
        ("stop_level", np.float64),
        ("profit_level", np.float64),
        ("guard_level", np.float64),
        ("best_price", np.float64),
        ("exit_quantity", np.float64),
        ("exit_reason", np.int64),
        ("exit_from", np.int64),
        ("entry_side", np.float64),
        ("target", np.float64),
        ("volatility", np.float64),
        ("next_funding", np.int64),
        ("closed_bar", np.int64),
        ("quiet_until", np.int64),
        ("signal_bar", np.int64),
        ("highest_mark", np.float64),
        ("margin_bound", np.float64),
        ("tick_size", np.float64),
        ("lot_size", np.float64),
        ("minimum_notional", np.float64),
        ("maximum_quantity", np.float64),
        ("maximum_leverage", np.float64),
        ("noted_quantity", np.float64),
        ("trade_result", np.float64),
        ("guarded", np.bool_),
        ("may_add", np.bool_),
        ("is_blocked", np.bool_),
    ],
    align=True,
)
# What stays the same for a run. Fractions of entry price and `volume_share` are NaN where there is
# none; `fills_at_close`: at the deciding bar's close, not the next open.
TERMS = np.dtype(
    [
        ("leverage", np.float64),
        ("taker_fee", np.float64),
        ("liquidation_fee", np.float64),
        ("slippage_bps", np.float64),
        ("size_kind", np.int64),
        ("size_value", np.float64),
        ("stop_loss", np.float64),
        ("take_profit", np.float64),
        ("trailing_stop", np.float64),
        ("volume_share", np.float64),
        ("timeframe_ms", np.int64),
        ("allows_long", np.bool_),
        ("allows_short", np.bool_),
        ("fills_at_close", np.bool_),
        ("liquidates", np.bool_),
        ("is_isolated", np.bool_),
        ("is_optimistic", np.bool_),
    ],
    align=True,
)
# The account and the present moment: `bar` is the row of the bar being played, `now_ms` the time
# that fills get, `is_inside` whether it is after the open and before the close. `fills` and
# `payments` count rows written, `noted` and `noted_payments` those that breakers were told of.
# `next_funding_ms`: earliest settlement that is to come. `has_waiting`: whether any symbol may have
# an order waiting.
ACCOUNT = np.dtype(
    [
        ("wallet", np.float64),
        ("bar", np.int64),
        ("now_ms", np.int64),
        ("fills", np.int64),
        ("noted", np.int64),
        ("payments", np.int64),
        ("noted_payments", np.int64),
        ("next_funding_ms", np.int64),
        ("is_inside", np.bool_),
        ("has_waiting", np.bool_),
    ],
    align=True,
)
UNKNOWN = ("mark_price", "funding_rate", "stop_level", "profit_level", "guard_level", "best_price")


def empty_book(symbols: int, leverage: float) -> Records:
    """Return the book of an account that holds nothing."""
    book = np.zeros(symbols, POSITION).view(np.recarray)
    book.leverage = leverage
    book.maximum_leverage = np.inf
    book.closed_bar = -1
    for name in (*UNKNOWN, "target", "volatility"):
        book[name] = np.nan
    return book
