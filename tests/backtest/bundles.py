"""Bundles for tests: the one of the public interface, and ways to change it."""

import copy
from collections.abc import Mapping
from typing import Any

FULL: dict[str, Any] = {
    "kind": "standard",
    "seed": 7,
    "data": {"files": {"BTCUSDT": "btc.parquet"}},
    "instruments": {
        "BTCUSDT": {
            "tick_size": 0.1,
            "lot_size": 0.001,
            "minimum_notional": 5.0,
            "maintenance_tiers": [
                {"notional_floor": 0, "rate": 0.004, "amount": 0},
                {"notional_floor": 50000, "rate": 0.005, "amount": 50},
            ],
        }
    },
    "account": {
        "initial_capital": 10000.0,
        "leverage": 1.0,
        "margin_mode": "cross",
        "maker_fee": 0.0002,
        "taker_fee": 0.0004,
        "liquidation_fee": 0.0125,
        "slippage_bps": 0.0,
        "maintenance_margin_rate": 0.005,
        "fill": "next_open",
        "liquidation": True,
        "bounds": "pessimistic",
        "time_zone": "UTC",
    },
    "strategy": {
        "name": "sma_cross",
        "params": {"fast": 10, "slow": 50},
        "direction": "long_only",
        "size": {"kind": "equity_fraction", "value": 1.0},
        "stop_loss": 0.05,
        "take_profit": 0.10,
        "trailing_stop": 0.03,
    },
    "breakers": [
        {
            "name": "drawdown 10 %",
            "enabled": True,
            "scope": {"kind": "portfolio"},
            "metric": "drawdown",
            "comparison": ">=",
            "threshold": 0.10,
            "for_seconds": 0,
            "reset_threshold": 0.05,
            "cooldown_seconds": 86400,
            "latched": False,
            "drawdown_peak": "since_rearm",
            "drawdown_basis": "peak",
            "on_unknown": "block_entries",
            "act_when_partial": False,
            "evaluate": "tick",
            "actions": [{"kind": "close_all"}, {"kind": "pause_trading", "seconds": 86400}],
        }
    ],
    "search": {
        "space": {"fast": [2, 101, 1], "slow": {"choices": [50, 100]}},
        "sampler": "grid",
        "trials": 10000,
        "objective": "sharpe",
        "constraint": "fast < slow",
        "regime": [],
    },
    "walk_forward": {"in_sample_bars": 4000, "out_of_sample_bars": 1000, "mode": "rolling"},
    "monte_carlo": {
        "method": "block_bootstrap",
        "model": "garch",
        "paths": 10000,
        "block_bars": 48,
        "ruin_drawdown": 0.5,
    },
}


def changed(place: str, value: object, *, base: Mapping[str, Any] = FULL) -> dict[str, Any]:
    """Copy a bundle with another value at a dotted place."""
    bundle: dict[str, Any] = copy.deepcopy(dict(base))
    *path, last = place.split(".")
    table: Any = bundle
    for part in path:
        table = table[int(part)] if isinstance(table, list) else table.setdefault(part, {})
    table[last] = value
    return bundle
