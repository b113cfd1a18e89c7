"""Breaker programs, books and closes for the kernels of simulated breakers."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from etrms_core.backtest.breaker_program import CompiledBreakers
from etrms_core.backtest.market import Market
from etrms_core.backtest.simulation_arrays import opening_book, tier_arrays
from etrms_core.backtest.terms import AccountTerms
from etrms_core.breakers.rule_document import parse_rule
from etrms_core.domain.instrument import Instrument
from etrms_core.kernels.arrays import FloatArray, IntArray, Records
from tests.backtest.simulated_markets import HOUR_MS, NO_FUNDING, START_MS

SYMBOLS = ("SOL", "BTC")
EVERYTHING = (
    {"kind": "reduce_position", "fraction": 0.5},
    {"kind": "place_guard_stop", "distance": 0.05},
    {"kind": "set_leverage", "leverage": 2.0},
    {"kind": "cancel_orders"},
    {"kind": "pause_trading", "seconds": 20_000},
)
OF_NAV = (
    {"metric": "drawdown", "threshold": 0.02, "drawdown_peak": "since_rearm"},
    {"metric": "drawdown", "threshold": 0.03, "cooldown_seconds": 40_000},
    {"metric": "drawdown", "threshold": 0.05, "latched": True, "for_seconds": 7_200},
    {"metric": "drawdown", "threshold": 0.03, "drawdown_basis": "day_start"},
    {"metric": "drawdown", "threshold": 0.05, "drawdown_basis": "initial"},
    {"metric": "daily_loss", "threshold": 0.02, "reset_threshold": 0.01},
    {"metric": "weekly_loss", "threshold": 0.03},
    {"metric": "monthly_loss", "threshold": 0.04, "comparison": ">"},
    {"metric": "nav", "threshold": 0.97, "comparison": "<", "reset_threshold": 0.98},
    {"metric": "nav", "threshold": 1.03, "comparison": ">="},
    {"metric": "equity", "threshold": 9_800.0, "comparison": "<="},
    {"metric": "drawdown", "threshold": 0.001, "comparison": "<"},
)
OF_POSITIONS = (
    {"metric": "position_loss", "threshold": 0.02, "scope": {"kind": "symbol"}},
    {"metric": "trades_per_day", "threshold": 2, "scope": {"kind": "strategy"}},
    {"metric": "margin_ratio", "threshold": 0.01},
)


@dataclass(slots=True)
class Closes:
    """A program with a book that stands still and the closes it is to judge."""

    program: Any
    book: Records
    wallet: float
    marks: FloatArray
    equity: FloatArray
    open_ms: IntArray

    def copied(self) -> "Closes":
        """Copy everything that a kernel may write."""
        book = self.book.copy().view(np.recarray)
        return Closes(
            copied_program(self.program), book, self.wallet, self.marks, self.equity, self.open_ms
        )

    def state(self) -> tuple[Any, ...]:
        """Return everything that a kernel may have written, to be compared."""
        return (*leaves(self.program), self.book)


def closes_of(rules: tuple[dict[str, Any], ...], seed: int, bars: int = 400) -> Closes:
    """Lay out rules with all actions over a random walk of two symbols that are held."""
    generator = np.random.default_rng(seed)
    instruments = [Instrument(symbol) for symbol in SYMBOLS]
    closes = 100.0 * np.exp(np.cumsum(generator.normal(0.0, 0.01, (2, bars)), axis=1))
    marks = np.repeat(closes[:, None, :], 4, axis=1)
    open_ms = START_MS + HOUR_MS * np.arange(bars)
    market = Market(SYMBOLS, open_ms, HOUR_MS, tuple(marks), tuple(marks), (NO_FUNDING,) * 2)
    parsed = [
        parse_rule({"name": f"guard {number}", "actions": list(EVERYTHING), **rule})
        for number, rule in enumerate(rules)
    ]
    breakers = CompiledBreakers(
        market, parsed, account=AccountTerms(), tiers=tier_arrays(instruments), strategy_name="one"
    )
    book = opening_book(instruments, 5.0)
    book.quantity = (30.0, -20.0)
    book.entry_price = book.mark_price = 100.0
    book.opened_ms = START_MS
    equity = 10_000.0 + 30.0 * (closes[0] - 100.0) - 20.0 * (closes[1] - 100.0)
    return Closes(breakers.program, book, 10_000.0, marks, equity, open_ms)


def copied_program(program: Any) -> Any:  # noqa: ANN401  a program
    """Copy a program with all its arrays."""
    if program is None:
        return None
    if isinstance(program, np.recarray):
        return program.copy().view(np.recarray)
    if isinstance(program, np.ndarray):
        return deepcopy(program)
    return type(program)(*(copied_program(part) for part in program))


def leaves(program: Any) -> list[Any]:  # noqa: ANN401  a program
    """List the arrays of a program."""
    if program is None:
        return []
    if isinstance(program, np.ndarray):
        return [program]
    return [leaf for part in program for leaf in leaves(part)]
