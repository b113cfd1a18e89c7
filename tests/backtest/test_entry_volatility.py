"""Entries sized by volatility: known at the close, told where it is not, never silently lost."""

from itertools import product
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.entry_volatility import WINDOW, add_volatility
from etrms_core.backtest.market_frames import build_market
from etrms_core.backtest.result import BacktestResult
from etrms_core.backtest.runner import run_backtest
from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, Signals
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategy_run import run_strategy
from etrms_core.backtest.terms import SizeKind
from etrms_core.errors import DataError, EtrmsError
from tests.backtest.bar_frames import sound_bars
from tests.backtest.hand_signals import HandSignals
from tests.services.replays import random_frame

TARGET = {"kind": "volatility_target", "value": 0.2}
SIZES = {
    SizeKind.EQUITY_FRACTION: 0.5,
    SizeKind.NOTIONAL: 1_000.0,
    SizeKind.QUANTITY: 1.0,
    SizeKind.RISK_FRACTION: 0.01,
    SizeKind.VOLATILITY_TARGET: 0.2,
}
# It enters at the first bar, before any volatility is known.
NEVER_SIZED = "buy_and_hold"


def configuration(name: str = "by hand", **strategy: object) -> BacktestConfiguration:
    return BacktestConfiguration.from_mapping(
        {
            "account": {"leverage": 10.0, "taker_fee": 0.0},
            "strategy": {"name": name, "size": TARGET, **strategy},
        }
    )


def swinging(n_bars: int = 60) -> pd.DataFrame:
    """Make closes of 100 and 101 in turns: returns of 1/100 and -1/101 in turns."""
    close = np.where(np.arange(n_bars) % 2 == 0, 100.0, 101.0)
    index = pd.date_range("2025-01-01", periods=n_bars, freq="1h", tz="UTC", name="time")
    prices = {"open": close, "high": close, "low": close, "close": close}
    return pd.DataFrame({**prices, "volume": 1.0}, index=index)


def codes(n_bars: int, **at: int) -> list[int]:
    found = [0] * n_bars
    for place, code in at.items():
        found[int(place.removeprefix("at_"))] = code
    return found


def played(signals: list[int], **strategy: object) -> BacktestResult:
    return run_strategy(
        HandSignals(signals), build_market({"A": swinging()}), configuration(**strategy)
    )


def test_an_entry_has_the_quantity_that_can_be_computed_by_hand() -> None:
    result = played(codes(60, at_48=ENTER_LONG))
    # 24 returns of 1/100 and 24 of -1/101 lie half their distance from their mean.
    deviation = (1 / 100 + 1 / 101) / 2 * sqrt(48 / 47)
    volatility = deviation * sqrt(8_760)
    assert result.orders["price"].tolist() == [101.0]
    # Equity at the open that fills it, over the price there.
    assert result.orders["quantity"].tolist() == pytest.approx([0.2 * 10_000 / volatility / 101.0])
    assert result.data.notes["A"] == []


def test_entries_before_the_volatility_is_known_are_told() -> None:
    result = played(codes(60, at_3=ENTER_LONG, at_47=ENTER_LONG, at_50=ENTER_LONG))
    assert len(result.orders) == 1
    assert result.data_quality["A"]["notes"] == [
        "2 of 3 entries cannot be sized and are not made: volatility_target sizes by the "
        "volatility at the entry, which is unknown or 0 there, the last time at "
        "2025-01-02 23:00:00 UTC"
    ]


@pytest.mark.parametrize(
    ("signals", "strategy", "told"),
    [
        (codes(60, at_47=ENTER_LONG), {}, "A: none of 1 entry can be sized"),
        (
            codes(60, at_3=ENTER_SHORT, at_50=ENTER_LONG),
            {"direction": "short_only"},
            "A: none of 1 entry can be sized",
        ),
        (codes(60, at_3=3, at_4=5), {}, "A: none of 2 entries can be sized"),
    ],
)
def test_a_run_whose_entries_all_lack_a_volatility_is_refused(
    signals: list[int], strategy: dict[str, Any], told: str
) -> None:
    with pytest.raises(DataError, match=told):
        played(signals, **strategy)


def test_too_few_bars_for_a_volatility_are_refused() -> None:
    data = build_market({"A": sound_bars(WINDOW)})
    with pytest.raises(DataError, match="A: none of 1 entry can be sized"):
        run_strategy(HandSignals(codes(WINDOW, at_40=ENTER_LONG)), data, configuration())


def test_a_price_that_stands_still_sizes_nothing() -> None:
    still = swinging().assign(open=100.0, high=100.0, low=100.0, close=100.0)
    with pytest.raises(DataError, match="unknown or 0"):
        run_strategy(
            HandSignals(codes(60, at_50=ENTER_LONG)), build_market({"A": still}), configuration()
        )


def test_a_volatility_runs_over_the_bars_that_a_symbol_has() -> None:
    holes = swinging().drop(swinging().index[10:12])
    data = build_market({"A": swinging(), "B": holes})
    whole, placed = add_volatility([Signals(codes=np.zeros(60, np.int8))] * 2, data)
    assert whole.volatility is not None
    assert placed.volatility is not None
    assert np.flatnonzero(np.isfinite(whole.volatility)).min() == 48
    assert np.flatnonzero(np.isfinite(placed.volatility)).min() == 50


def test_what_a_strategy_says_itself_stays() -> None:
    data = build_market({"A": swinging(), "B": swinging()})
    own = Signals(codes=np.zeros(60, np.int8), volatility=np.full(60, 0.3))
    target = Signals(target=np.full(60, 0.5))
    assert add_volatility([own, target], data) == (own, target)


@pytest.mark.parametrize(("name", "kind"), list(product(BUILT_IN, SizeKind)))
def test_no_strategy_with_any_size_makes_no_order_without_a_word(name: str, kind: SizeKind) -> None:
    bars = random_frame(np.random.default_rng(5), 1_000, volatility=0.02)
    rates = pd.DataFrame({"funding_rate": 0.001}, index=bars.index[::8])
    plan = configuration(
        name,
        size={"kind": kind.value, "value": SIZES[kind]},
        stop_loss=0.05,
        direction="long_short",
    )
    if (name, kind) == (NEVER_SIZED, SizeKind.VOLATILITY_TARGET):
        with pytest.raises(DataError, match="none of 1 entry can be sized"):
            run_backtest({"A": bars}, plan, funding={"A": rates})
        return
    assert len(run_backtest({"A": bars}, plan, funding={"A": rates}).orders) > 0


@pytest.mark.parametrize("missing", ["funding", "volume", "bars"])
def test_a_missing_input_is_named(missing: str) -> None:
    bars = random_frame(np.random.default_rng(5), 40, volatility=0.02).assign(volume=0.0)
    name = {"funding": "funding_carry", "volume": "buy_and_hold", "bars": "sma_cross"}[missing]
    document: dict[str, Any] = {"strategy": {"name": name}}
    if missing == "volume":
        document["account"] = {"volume_share": 0.1}
    with pytest.raises(
        EtrmsError, match=rf"A: .*{missing if missing != 'bars' else 'received 40'}"
    ):
        run_backtest({"A": bars}, BacktestConfiguration.from_mapping(document))
