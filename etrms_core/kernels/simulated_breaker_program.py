"""Breaker rules of a simulated account as records: what they watch, want, forbid and log."""

from typing import Any, NamedTuple

import numpy as np

from etrms_core.kernels.arrays import FloatArray, IntArray, Records
from etrms_core.kernels.simulated_risk import RiskTables

# What an instance reads, as columns of the values of a scope: first those of `scope_ratios`, then
# those of `scope_sums`, then what only a whole account or the clock knows.
RATIOS_FIRST, SUMS_FIRST = 0, 8
EQUITY, LOSSES, TRADES, NOTHING, DAY_START, INITIAL = range(20, 26)
VALUES = 26
# Symbols that a scope covers, where it is not one.
ALL_SYMBOLS, NO_SYMBOL = -1, -2
(
    NOTIFY,
    REDUCE_POSITION,
    CLOSE_POSITION,
    CLOSE_ALL,
    CANCEL_ORDERS,
    PAUSE_TRADING,
    REDUCE_ONLY_MODE,
    SET_LEVERAGE,
    PLACE_GUARD_STOP,
) = range(9)
NOT_YET = -(10**15)

# One rule in one scope. `scope`: row of the scope; `source`: what it reads; `covers`: a symbol,
# ALL_SYMBOLS or NO_SYMBOL; `position_column`: of a metric that belongs to positions, else -1;
# `first_action` to `last_action`: its actions; `may_block`: whether waiting blocks entries;
# `is_shadow`: nothing is carried out. What changes: `exists`: the scope has appeared;
# `paused_until_ms`, `is_reduce_only`, `is_blocking`; `outcome`, `value`: of this close.
INSTANCE = np.dtype(
    [
        ("scope", np.int64),
        ("source", np.int64),
        ("covers", np.int64),
        ("position_column", np.int64),
        ("first_action", np.int64),
        ("last_action", np.int64),
        ("paused_until_ms", np.int64),
        ("outcome", np.int64),
        ("value", np.float64),
        ("may_block", np.bool_),
        ("is_shadow", np.bool_),
        ("exists", np.bool_),
        ("is_reduce_only", np.bool_),
        ("is_blocking", np.bool_),
    ],
    align=True,
)
# `argument`: fraction, leverage or distance; `pause_ms`: how long a pause lasts.
ACTION = np.dtype(
    [("kind", np.int64), ("argument", np.float64), ("pause_ms", np.int64)], align=True
)
# What breakers want of one symbol at a close: `close_fraction` 0 for nothing, 1 for all;
# `guard_level` and `leverage` NaN for none; `cancels` waiting entries.
WISH = np.dtype(
    [
        ("close_fraction", np.float64),
        ("guard_level", np.float64),
        ("leverage", np.float64),
        ("cancels", np.bool_),
    ],
    align=True,
)
# What one scope counts. `result`: money earned so far less what is unrealised; `marked`: result at
# the last close with what was unrealised; `streak`: closed trades lost in a row; `trades`: opened
# since local midnight; `fresh`: opened since the last close, on the day that begins at
# `fresh_day_ms`; `was_held`: at the last close; `exists`: whether anything ever filled.
TALLY = np.dtype(
    [
        ("result", np.float64),
        ("marked", np.float64),
        ("streak", np.int64),
        ("trades", np.int64),
        ("fresh", np.int64),
        ("fresh_day_ms", np.int64),
        ("was_held", np.bool_),
        ("exists", np.bool_),
    ],
    align=True,
)
# The calendar: `day`, `week`, `month` are rows of the next period to begin, `next_ms` the earliest
# of their starts, `day_ms` the start of the running day. `logged`, `seen`: rows written; `acts`:
# whether the last close wants anything done. `low`, `high`, `share`, `until_ms`: the band of
# equity and the time in which rules on the NAV of the account do nothing; `low` rises with `share`
# of the highest equity since.
CLOCK = np.dtype(
    [
        ("next_ms", np.int64),
        ("day_ms", np.int64),
        ("day", np.int64),
        ("week", np.int64),
        ("month", np.int64),
        ("logged", np.int64),
        ("seen", np.int64),
        ("low", np.float64),
        ("high", np.float64),
        ("share", np.float64),
        ("until_ms", np.int64),
        ("acts", np.bool_),
    ],
    align=True,
)
# What one close did to one instance: outcome bits, value compared, state after it; `seen`: row of
# the first symbol of the account as it was, -1 when nothing fired; `wallet` then.
LOGGED = np.dtype(
    [
        ("time_ms", np.int64),
        ("row", np.int64),
        ("outcome", np.int64),
        ("value", np.float64),
        ("state", np.int64),
        ("seen", np.int64),
        ("wallet", np.float64),
    ],
    align=True,
)


class BreakerProgram(NamedTuple):
    """Rules compiled for one run, with everything they remember.

    Attributes
    ----------
    clock : records of CLOCK of shape (1,)
    rules, memory, readings : records of RULE, MEMORY, READING of shape (n_instances,)
    instances : records of INSTANCE of shape (n_instances,)
    actions : records of ACTION
    wishes : records of WISH of shape (n_symbols,)
    tallies : records of TALLY of shape (n_symbols + 1,)
        The last one is that of the whole account.
    navs : ndarray of shape (n_scopes, nav_book.COLUMNS)
        The portfolio first.
    days, weeks, months : ndarray of int64
        Starts in the owner's time zone, milliseconds since 1970.
    log : records of LOGGED
    seen : records of POSITION
    risk : RiskTables or None
        None for rules that watch only the NAV of the whole account.
    """

    clock: Records
    rules: Records
    memory: Records
    readings: Records
    instances: Records
    actions: Records
    wishes: Records
    tallies: Records
    navs: FloatArray
    days: IntArray
    weeks: IntArray
    months: IntArray
    log: Records
    seen: Records
    risk: RiskTables | None


Program = Any
