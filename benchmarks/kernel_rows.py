"""Margin, liquidation and breaker kernels inside a compiled loop, per account row."""

import time
from collections.abc import Iterator

import numpy as np
from numba import njit

from benchmarks.report import Line
from etrms_core.kernels.arrays import Records, records
from etrms_core.kernels.breaker_state import MEMORY, NEVER_MS, READING, RULE, step_all
from etrms_core.kernels.margin import Tiers
from etrms_core.kernels.portfolio import (
    AccountReadings,
    PositionReadings,
    Positions,
    measure_accounts,
    measure_liquidation,
)

LOOPS, RULES, LEGS = 200_000, 10, 3


@njit
def margin_loop(  # noqa: D103
    positions: Positions,
    tiers: Tiers,
    readings: PositionReadings,
    accounts: AccountReadings,
    loops: int,
) -> float:
    total = 0.0
    for step in range(loops):
        positions.mark_price[0] = 100.0 + step % 7
        measure_accounts(positions, tiers, readings, accounts)
        measure_liquidation(positions, tiers, readings, accounts)
        total += accounts.equity[0]
    return total


@njit
def breaker_loop(  # noqa: D103
    rules: Records,
    memory: Records,
    readings: Records,
    outcomes: np.ndarray,
    values: np.ndarray,
    loops: int,
) -> int:
    happened = 0
    for step in range(loops):
        for row in range(readings.size):
            readings[row].nav = 1.0 + (step % 11) * 0.001
        happened += step_all(rules, memory, readings, step * 60_000, outcomes, values)
    return happened


def measure() -> Iterator[Line]:
    """Time both loops, compilation left out."""
    yield Line(
        "margin_and_liquidation_per_account_row",
        _best(margin_loop, *_margin_inputs()),
        f"one account, {LEGS} positions, 3 tiers each",
        target_s=5e-6,
    )
    yield Line(
        "breakers_per_account_row",
        _best(breaker_loop, *_breaker_inputs()),
        f"{RULES} rules on one account",
        target_s=5e-6,
    )


def _best(loop, *inputs) -> float:  # noqa: ANN001, ANN002
    loop(*inputs, 10)
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        loop(*inputs, LOOPS)
        seconds.append((time.perf_counter() - started) / LOOPS)
    return min(seconds)


def _margin_inputs() -> tuple[Positions, Tiers, PositionReadings, AccountReadings]:
    positions = Positions(
        account=np.zeros(LEGS, np.int64),
        symbol=np.arange(LEGS),
        other_leg=np.full(LEGS, -1),
        quantity=np.array([10.0, -5.0, 3.0]),
        entry_price=np.full(LEGS, 100.0),
        mark_price=np.full(LEGS, 100.0),
        quote_price=np.ones(LEGS),
        leverage=np.full(LEGS, 5.0),
        isolated_margin=np.zeros(LEGS),
        is_isolated=np.zeros(LEGS, np.bool_),
        unguarded_share=np.ones(LEGS),
    )
    tiers = Tiers(
        np.arange(LEGS + 1) * 3,
        np.tile([0.0, 50_000.0, 250_000.0], LEGS),
        np.tile([0.004, 0.005, 0.01], LEGS),
        np.tile([0.0, 50.0, 1_300.0], LEGS),
    )
    readings = PositionReadings(*np.empty((8, LEGS)))
    accounts = AccountReadings(np.array([1_000.0]), np.array([1_000.0]), *np.empty((6, 1)))
    return positions, tiers, readings, accounts


def _breaker_inputs() -> tuple[Records, Records, Records, np.ndarray, np.ndarray]:
    rules = records(
        RULE,
        comparison=np.ones(RULES),
        threshold=np.full(RULES, 0.005),
        reset_threshold=np.full(RULES, 0.002),
        for_ms=np.zeros(RULES),
        cooldown_ms=np.full(RULES, 3_600_000),
        on_unknown=np.zeros(RULES),
        latched=np.zeros(RULES),
        measures_peak=np.ones(RULES),
        peak_since_rearm=np.ones(RULES),
    )
    never = np.full(RULES, NEVER_MS)
    memory = records(
        MEMORY,
        state=np.zeros(RULES),
        peak=np.ones(RULES),
        breach_since_ms=never,
        triggered_at_ms=never,
        previous_trigger_ms=never,
        is_unknown=np.zeros(RULES),
    )
    readings = records(
        READING,
        value=np.zeros(RULES),
        nav=np.ones(RULES),
        nav_restarted=np.zeros(RULES),
        is_evaluated=np.ones(RULES),
    )
    return rules, memory, readings, np.zeros(RULES, np.int64), np.zeros(RULES)
