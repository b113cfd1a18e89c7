"""The same signals here and in vectorbt end with the same equity."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from etrms_core.adapters.compute.vectorbt_check import SIZE_TYPES
from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.cross_check import PLAIN_SIZES
from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.market_frames import build_market
from etrms_core.backtest.signals import (
    ENTER_LONG,
    ENTER_SHORT,
    EXIT_LONG,
    EXIT_SHORT,
    CodeArray,
    Signals,
)
from etrms_core.backtest.strategy_run import run_strategy
from etrms_core.bootstrap.vectorbt_job import CHECK, check_run, repeat_in_vectorbt, run_vectorbt_job
from etrms_core.errors import DataError
from tests.run_folders import BREAKER, BUNDLE, make_bars, write_run

# vectorbt's own imports warn.
pytestmark = pytest.mark.filterwarnings("ignore")


@dataclass
class Crosses:
    """Up and down crosses of two averages."""

    has_target: bool = False

    def signals(
        self,
        bars: pd.DataFrame,
        *,
        funding: FundingSeries,
        periods_per_year: float,
        params: Mapping[str, float],
    ) -> Signals:
        fast, slow = (bars["close"].rolling(n).mean().to_numpy() for n in (5, 20))
        if self.has_target:
            return Signals(target=np.where(fast > slow, 1.0, 0.0))
        above = np.where(np.isnan(slow), 0, np.sign(fast - slow)).astype(int)
        change = np.diff(above, prepend=0)
        codes: CodeArray = np.zeros(len(bars), np.int8)
        codes[(change > 0) & (above > 0)] = ENTER_LONG | EXIT_SHORT
        codes[(change < 0) & (above < 0)] = ENTER_SHORT | EXIT_LONG
        return Signals(codes=codes)


def configuration(**parts: Any) -> BacktestConfiguration:  # noqa: ANN401  parts of a bundle
    size = {"kind": parts["kind"], "value": parts["value"]}
    return BacktestConfiguration.from_mapping(
        {
            "account": {
                "initial_capital": 10_000.0,
                "fill": parts["fill"],
                "slippage_bps": parts.get("slippage", 0.0),
            },
            "strategy": {"name": "by hand", "direction": parts["direction"], "size": size},
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("fill", ["next_open", "close"])
@pytest.mark.parametrize(
    ("direction", "kind", "value"),
    [
        ("long_only", "equity_fraction", 1.0),
        ("long_only", "equity_fraction", 0.5),
        ("long_only", "quantity", 0.02),
        ("long_only", "notional", 2_000.0),
        ("short_only", "quantity", 0.02),
        ("short_only", "notional", 2_000.0),
        ("long_short", "quantity", 0.02),
        ("long_short", "notional", 2_000.0),
    ],
)
def test_both_engines_agree(fill: str, direction: str, kind: str, value: float) -> None:
    wanted = configuration(fill=fill, direction=direction, kind=kind, value=value)
    bars = {"BTCUSDT": make_bars(600)}
    ours = run_strategy(Crosses(), build_market(bars), wanted)
    theirs = repeat_in_vectorbt(bars, wanted, Crosses())
    assert theirs is not None
    assert theirs.orders == len(ours.run.fills)
    assert theirs.orders > 10
    assert ours.equity.iloc[-1] == pytest.approx(theirs.final_equity, rel=1e-9)


@pytest.mark.slow
def test_slippage_is_the_same_on_both_sides() -> None:
    wanted = configuration(
        fill="close", direction="long_only", kind="quantity", value=0.02, slippage=5.0
    )
    bars = {"BTCUSDT": make_bars(600)}
    ours = run_strategy(Crosses(), build_market(bars), wanted)
    theirs = repeat_in_vectorbt(bars, wanted, Crosses())
    assert theirs is not None
    assert ours.equity.iloc[-1] == pytest.approx(theirs.final_equity, rel=1e-9)


def test_a_target_is_no_signal() -> None:
    wanted = configuration(fill="close", direction="long_only", kind="quantity", value=1.0)
    assert repeat_in_vectorbt({"BTCUSDT": make_bars(50)}, wanted, Crosses(has_target=True)) is None


def test_a_run_that_vectorbt_cannot_repeat_is_told_without_it(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "abc-123"
    write_run(folder, bundle={**BUNDLE, "breakers": [BREAKER]})
    run_vectorbt_job({"run": "abc-123"}, "check-abc-123", tmp_path, lambda fraction, words: None)
    found = json.loads((folder / CHECK).read_text())
    assert found == {"applies": False, "reason": "vectorbt knows no circuit breakers"}


def test_funding_that_was_paid_is_a_reason(tmp_path: Path) -> None:
    write_run(tmp_path)
    assert check_run(tmp_path, tmp_path, lambda fraction, words: None)["reason"] == (
        "it knows no funding"
    )


def test_a_folder_without_a_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        check_run(tmp_path, tmp_path, lambda fraction, words: None)


def test_every_size_that_can_be_checked_has_a_counterpart() -> None:
    assert {kind.value for kind in SIZE_TYPES} == set(PLAIN_SIZES)
