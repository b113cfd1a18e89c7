"""What holds for every strategy: no look-ahead, no unit of price, nothing before warm-up."""

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.lookahead import check_lookahead
from etrms_core.backtest.market_frames import build_market
from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, Signals
from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategies.volatility import known_volatility
from etrms_core.backtest.strategy_signals import market_signals
from tests.backtest.strategies.price_paths import (
    HOURS_PER_YEAR,
    random_bars,
    random_funding,
    signals_of,
)

SEEDS = range(4)
ENTRY = ENTER_LONG | ENTER_SHORT
CALM, WILD = 0.002, 0.05


def numbers(signals: Signals) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return codes or targets as numbers."""
    values = signals.codes if signals.codes is not None else signals.target
    assert values is not None
    return np.asarray(values, np.float64)


def drawn_params(name: str, seed: int) -> dict[str, float]:
    """Draw parameters that fit a few hundred bars, the smaller ones first."""
    rng = np.random.default_rng(seed)
    drawn = {
        key: each.default if not each.is_whole else int(rng.integers(each.low, 16))
        for key, each in BUILT_IN[name].parameters.items()
    }
    if "fast" in drawn:
        drawn["slow"] = drawn["fast"] + int(rng.integers(1, 30))
    if "exit" in drawn:
        drawn["exit"] = min(drawn["exit"], drawn["entry"])
    return drawn


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("seed", SEEDS)
def test_no_built_in_strategy_looks_ahead(name: str, seed: int) -> None:
    bars = random_bars(seed, 700, volatility=CALM if seed % 2 else WILD)
    params, funding = drawn_params(name, seed), random_funding(bars)
    found = check_lookahead(name, bars, params, funding=funding, prefixes=100)
    assert found == []
    assert np.count_nonzero(np.nan_to_num(numbers(signals_of(name, bars, funding, **params)))) > 0


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("factor", [2.0**-40, 2.0**20, 0.001, 7.0])
def test_the_unit_of_prices_does_not_matter(name: str, factor: float) -> None:
    bars = random_bars(3, 900)
    funding = random_funding(bars)
    prices = ["open", "high", "low", "close"]
    scaled = bars.assign(**{column: bars[column] * factor for column in prices})
    assert numbers(signals_of(name, scaled, funding)) == pytest.approx(
        numbers(signals_of(name, bars, funding)), rel=1e-6, nan_ok=True
    )


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_wanted_before_the_warm_up_and_an_entry_may_be_right_at_it(
    name: str, seed: int
) -> None:
    params = drawn_params(name, seed)
    needed = BUILT_IN[name].warm_up(params)
    earliest = []
    for path in range(30):
        bars = random_bars(100 * seed + path, 300)
        found = np.nan_to_num(numbers(signals_of(name, bars, random_funding(bars), **params)))
        assert not found[: needed - 1].any()
        earliest.append(int(np.flatnonzero(found)[0]) + 1 if found.any() else len(bars))
    assert min(earliest) <= needed + 20


@pytest.mark.parametrize("name", sorted(set(BUILT_IN) - {"funding_carry", "volatility_target"}))
def test_no_bar_enters_both_sides(name: str) -> None:
    codes = signals_of(name, random_bars(8, 2_000)).codes
    assert codes is not None
    assert not (codes & ENTRY == ENTRY).any()


@pytest.mark.parametrize("name", ["sma_cross", "rsi_reversion", "donchian", "supertrend"])
def test_a_symbol_with_missing_bars_answers_as_if_its_bars_followed_each_other(name: str) -> None:
    bars = random_bars(9, 400)
    holes = bars.drop(bars.index[150:170])
    data = build_market({"A": bars, "B": holes})
    _, placed = market_signals(BUILT_IN[name], data, {})
    assert placed.codes is not None
    assert not placed.codes[150:170].any()
    alone = signals_of(name, holes).codes
    assert alone is not None
    assert np.array_equal(np.delete(placed.codes, np.s_[150:170]), alone)


@pytest.mark.parametrize(("fast", "slow"), [(10, 50), (240, 960), (2, 5)])
def test_the_cross_is_the_one_that_numpy_finds(fast: int, slow: int) -> None:
    bars = random_bars(11, 5_000)
    close = bars["close"].to_numpy()

    def average(window: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        values = np.full(close.size, np.nan)
        values[window - 1 :] = np.lib.stride_tricks.sliding_window_view(close, window).mean(axis=1)
        return values

    above = average(fast) > average(slow)
    known = ~np.isnan(average(slow))
    both = known[1:] & known[:-1]
    codes = signals_of("sma_cross", bars, fast=fast, slow=slow).codes
    assert codes is not None
    assert codes[0] == 0
    assert np.array_equal(codes[1:] & ENTER_LONG != 0, both & above[1:] & ~above[:-1])
    assert np.array_equal(codes[1:] & ENTER_SHORT != 0, both & ~above[1:] & above[:-1])


def test_the_columns_of_bars_are_read_where_they_lie() -> None:
    bars = random_bars(12, 500)
    before = bars.copy()
    for name in BUILT_IN:
        signals_of(name, bars, random_funding(bars))
    assert bars.equals(before)


def test_a_volatility_is_known_without_the_bars_to_come() -> None:
    close = random_bars(13, 400)["close"].to_numpy().copy()
    whole = known_volatility(close, window=30, periods_per_year=HOURS_PER_YEAR)
    part = known_volatility(close[:250].copy(), window=30, periods_per_year=HOURS_PER_YEAR)
    assert np.array_equal(whole[:250], part, equal_nan=True)


@pytest.mark.parametrize("name", BUILT_IN)
def test_it_does_not_matter_how_a_frame_lies_in_memory(name: str) -> None:
    bars = random_bars(14, 400)
    rows = np.ascontiguousarray(bars.to_numpy())
    strided = pd.DataFrame(rows, index=bars.index, columns=bars.columns)
    funding = random_funding(bars)
    first, second = (numbers(signals_of(name, each, funding)) for each in (bars, strided))
    assert np.array_equal(first, second, equal_nan=True)
