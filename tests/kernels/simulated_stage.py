"""A simulated account in the middle of a random run, as its kernels see it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from etrms_core.backtest.breaker_program import CompiledBreakers
from etrms_core.backtest.simulation_run import FILL
from etrms_core.backtest.simulation_state import SimulationState
from etrms_core.backtest.simulation_window import MarketWindow
from etrms_core.breakers.rules import BreakerRule
from etrms_core.kernels.simulation import play_bars
from tests.backtest.simulated_markets import random_case


class Stage:
    """Everything that a kernel of the simulation may take, at `bar`; one window holds all bars."""

    def __init__(self, seed: int, rules: Sequence[BreakerRule] = ()) -> None:
        case = random_case(seed)
        self.stop = int(case.market.open_ms.size)
        state = SimulationState(
            case.market,
            account=case.account,
            trading=case.trading,
            instruments=case.instruments,
        )
        state.fills = np.zeros(50 * self.stop * state.book.size, FILL).view(np.recarray)
        window = MarketWindow(case.market, case.signals, has_volume=True)
        window.load(0, self.stop, state.book)
        self._arguments = state.arguments(window, 0, self.stop)
        (
            self.book,
            self.account,
            self.terms,
            self.tiers,
            self.fills,
            self.payments,
            self.settled_ms,
            self.rates,
            self.first,
            self.open_ms,
            self.bars,
            self.marks,
            self.codes,
            self.equity,
            self.worst,
        ) = self._arguments
        self.bar = self.row = 0
        self.program = None
        if rules:
            self.program = CompiledBreakers(
                case.market, rules, account=case.account, tiers=self.tiers, strategy_name="test"
            ).program

    def arguments(self) -> tuple[Any, ...]:
        """Return the arrays that `play_bars` takes first."""
        return (*self._arguments[:4], self.fills, *self._arguments[5:])

    def play(self, start: int, stop: int) -> int:
        """Play bars, as far as there is room for fills."""
        return int(play_bars(*self.arguments(), start, stop, self.program))


def stage_in_the_middle(seed: int, rules: Sequence[BreakerRule] = ()) -> Stage:
    """Play a random case up to a bar at which a symbol is held, if there is one in its half."""
    stage = Stage(seed, rules)
    stage.bar = stage.play(0, stage.stop // 2)
    while stage.bar < stage.stop - 2 and not np.any(stage.book.quantity):
        stage.bar = stage.play(stage.bar, stage.bar + 1)
    held = np.flatnonzero(stage.book.quantity)
    stage.row = int(held[0]) if held.size else 0
    return stage
