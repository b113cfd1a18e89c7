"""One risk cycle of a large desk: 200 positions, 40 breakers, two venues."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from benchmarks.report import Line
from etrms_core.breakers.rule_document import parse_rules
from etrms_core.domain.account import AccountState, Balance, MarginMode, Position
from etrms_core.domain.instrument import MarginTiers
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.risk_cycle import run_risk_cycle

START = datetime(2026, 1, 1, tzinfo=UTC)
POSITIONS, CYCLES = 200, 1_000
TIERS = MarginTiers(
    (0.0, 50_000.0, 250_000.0, 1_000_000.0, 10_000_000.0),
    (0.004, 0.005, 0.01, 0.025, 0.05),
    (0.0, 50.0, 1_300.0, 16_300.0, 266_300.0),
)
METRICS = (
    ("drawdown", "portfolio"),
    ("daily_loss", "portfolio"),
    ("gross_leverage", "exchange"),
    ("margin_ratio", "exchange"),
    ("position_loss", "symbol"),
    ("liquidation_distance", "symbol"),
    ("drawdown", "symbol"),
    ("concentration", "portfolio"),
)


def measure() -> Iterator[Line]:
    """Run the cycle many times on moving prices and report the 99th percentile."""
    rules = parse_rules(
        [
            {
                "name": f"rule {number}",
                "metric": METRICS[number % len(METRICS)][0],
                "scope": {"kind": METRICS[number % len(METRICS)][1]},
                "threshold": 0.9 if METRICS[number % len(METRICS)][0] != "gross_leverage" else 90.0,
                "comparison": ">=",
                "actions": [{"kind": "notify"}],
            }
            for number in range(40)
        ]
    )
    rng = np.random.default_rng(7)
    marks = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.0005, (CYCLES, POSITIONS)), axis=0))
    memory, seconds = CycleMemory(), np.empty(CYCLES)
    for cycle in range(CYCLES):
        as_of = START + timedelta(seconds=cycle)
        accounts = _accounts(marks[cycle].tolist(), as_of)
        started = time.perf_counter()
        memory = run_risk_cycle(memory, accounts, rules, as_of=as_of).memory
        seconds[cycle] = time.perf_counter() - started
    steady = seconds[20:]
    yield Line(
        "risk_cycle_200_positions_40_breakers_p99",
        float(np.quantile(steady, 0.99)),
        f"median {np.median(steady) * 1e3:.2f} ms, {len(memory.breakers.keys)} rule instances",
        target_s=0.005,
    )


def _accounts(marks: list[float], as_of: datetime) -> list[AccountState]:
    half = POSITIONS // 2
    return [
        AccountState(
            name,
            name,
            as_of,
            (Balance("USDT", 1_000_000.0, 1.0),),
            tuple(
                Position(
                    f"C{number:03d}",
                    100.0 if number % 2 else -100.0,
                    100.0,
                    marks[number],
                    leverage=5.0,
                    margin_mode=MarginMode.ISOLATED if number % 5 == 0 else MarginMode.CROSS,
                    isolated_margin=2_000.0 if number % 5 == 0 else 0.0,
                    tiers=TIERS,
                    opened_at=START,
                    funding_rate=0.0001,
                )
                for number in range(start, start + half)
            ),
        )
        for name, start in (("binance", 0), ("hyperliquid", half))
    ]
