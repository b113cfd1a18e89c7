"""Warming up compiles every kernel, and then nobody compiles anything any more."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from etrms_core.bootstrap.warm_up import dispatchers

ROOT = Path(__file__).parents[2]
WARM_UP = """
import json
from etrms_core.bootstrap.warm_up import dispatchers, warm_up

done = warm_up()
bare = [name for name, kernel in dispatchers() if not kernel.signatures]
print(json.dumps({"kernels": done.kernels, "compiled": done.compiled, "bare": bare}))
"""
WORK = """
import json, sys
from pathlib import Path
import numpy as np
from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.runner import run_backtest
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.bootstrap import open_desk
from etrms_core.bootstrap.warm_up import RULES, dispatchers
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from tests.services.replays import play, random_case, random_frame

for seed in range(3):
    play(*random_case(seed))
generator = np.random.default_rng(1)
bars = {symbol: random_frame(generator, 300)[start:] for symbol, start in (("A", 0), ("B", 9))}
rates = bars["A"][["volume"]].iloc[::8].rename(columns={"volume": "funding_rate"}) * 0.0001
funding = {"A": rates, "B": rates}
for name in BUILT_IN:
    for fill in ("next_open", "close"):
        for rules in ([], RULES[2:], RULES):
            plan = {
                "account": {"bounds": "both", "fill": fill, "leverage": 3.0},
                "strategy": {"name": name, "direction": "long_short", "stop_loss": 0.05},
                "breakers": rules,
            }
            run_backtest(bars, BacktestConfiguration.from_mapping(plan), funding=funding)
desk = open_desk(Path(sys.argv[1]))
desk.refresh()
for number, (kind, side) in enumerate(
    ((OrderType.MARKET, OrderSide.BUY), (OrderType.MARKET, OrderSide.SELL))
):
    desk.orders.submit(
        OrderRequest(
            client_order_id=desk.orders.order_id(strategy="manual", nonce=str(number)),
            account="paper",
            symbol="BTCUSDT",
            side=side,
            order_type=kind,
            quantity=0.01 / (1 + number),
            reduce_only=side is OrderSide.SELL,
        )
    )
    desk.refresh()
missed = {name: len(k.stats.cache_misses) for name, k in dispatchers() if k.stats.cache_misses}
hits = sum(sum(k.stats.cache_hits.values()) for _, k in dispatchers())
print(json.dumps({"missed": missed, "hits": hits}))
"""


def run(program: str, cache: Path, *arguments: str) -> dict[str, Any]:
    environment = {
        **os.environ,
        "ETRMS_KERNEL_CACHE": str(cache),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", program, *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_every_kernel_is_listed_once() -> None:
    names = [name for name, _ in dispatchers()]
    assert len(names) == len(set(names)) > 50


@pytest.mark.soak
def test_after_warming_up_an_empty_cache_nothing_is_compiled_any_more(tmp_path: Path) -> None:
    warmed = run(WARM_UP, tmp_path / "cache")
    assert warmed["bare"] == []
    assert warmed["compiled"] >= warmed["kernels"]
    worked = run(WORK, tmp_path / "cache", str(tmp_path / "home"))
    assert worked["missed"] == {}
    assert worked["hits"] > 0
