"""Every strategy on a few bars that can be calculated by hand."""

from math import nan, sqrt

import numpy as np
import pytest

from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT
from etrms_core.backtest.strategies import known_volatility
from tests.backtest.strategies.price_paths import (
    HOUR_MS,
    bars_of,
    codes_of,
    signals_of,
    target_of,
)

LONG, SHORT = ENTER_LONG | EXIT_SHORT, ENTER_SHORT | EXIT_LONG


def test_sma_cross_waits_for_the_averages_of_the_bar_before() -> None:
    # Averages of 2: -, 10.5, 9.5, 8.5, 9.5, 11.5; of 3: -, -, 10, 9, 9.33, 10.33.
    bars = bars_of([11.0, 10.0, 9.0, 8.0, 11.0, 12.0])
    assert codes_of("sma_cross", bars, fast=2, slow=3) == [0, 0, 0, 0, LONG, 0]
    falling = bars_of([9.0, 10.0, 11.0, 12.0, 9.0, 8.0])
    assert codes_of("sma_cross", falling, fast=2, slow=3) == [0, 0, 0, 0, SHORT, 0]


def test_ema_cross_starts_with_the_simple_average() -> None:
    # Of 2 (2/3 new): -, 10.5, 9.5, 8.5, 10.17; of 3 (1/2 new): -, -, 10, 9, 10.
    bars = bars_of([11.0, 10.0, 9.0, 8.0, 11.0])
    assert codes_of("ema_cross", bars, fast=2, slow=3) == [0, 0, 0, 0, LONG]


def test_macd_crosses_its_own_average() -> None:
    # From the third bar on: averages of 2 9.5, 8.5, 10.17, 12.06, 12.02, of 3 10, 9, 10, 11.5,
    # 11.75; their difference -.5, -.5, .17, .56, .27, and its average of 2 -, -.5, -.06, .35, .30.
    bars = bars_of([11.0, 10.0, 9.0, 8.0, 11.0, 13.0, 12.0])
    codes = codes_of("macd", bars, fast=2, slow=3, signal=2)
    assert codes == [0, 0, 0, 0, LONG, 0, SHORT]


def test_rsi_reversion_buys_weakness_and_sells_strength() -> None:
    # Wilder's averages of 2: gains .5, .25, .125, 4.06, losses .5, .75, 2.375, 1.19.
    bars = bars_of([10.0, 11.0, 10.0, 9.0, 5.0, 13.0])
    # Index: -, -, 50, 25, 5, 77.
    assert codes_of("rsi_reversion", bars, window=2, low=30, high=70) == [0, 0, 0, LONG, 0, SHORT]


def test_bollinger_strategies_read_the_same_bands_in_opposite_ways() -> None:
    # Of 3 bars, half a deviation wide: 10 11 10 -> 10.33 ± .24; 11 10 8 -> 9.67 ± .62;
    # 10 8 11 -> 9.67 ± .62; 8 11 8 -> 9 ± .71.
    bars = bars_of([10.0, 11.0, 10.0, 8.0, 11.0, 8.0])
    settings = {"window": 3, "width": 0.5}
    # The close of the third bar, 10, is below its lower band already: no cross at the fourth.
    assert codes_of("bollinger_reversion", bars, **settings) == [
        0, 0, 0, 0, ENTER_SHORT | EXIT_LONG, ENTER_LONG | EXIT_SHORT,
    ]  # fmt: skip
    assert codes_of("bollinger_breakout", bars, **settings) == [
        0, 0, 0, 0, ENTER_LONG | EXIT_SHORT, ENTER_SHORT | EXIT_LONG,
    ]  # fmt: skip


def test_bollinger_strategies_leave_at_the_average() -> None:
    # Bands of 4: 10 10 10 14 -> 11 ± 1.7; 10 10 14 13 -> 11.75 ± 1.8; 10 14 13 9 -> 11.5 ± 2.06.
    bars = bars_of([10.0, 10.0, 10.0, 10.0, 14.0, 13.0, 11.0])
    settings = {"window": 4, "width": 1.0}
    assert codes_of("bollinger_reversion", bars, **settings)[4:] == [
        ENTER_SHORT | EXIT_LONG, 0, EXIT_SHORT,
    ]  # fmt: skip
    assert codes_of("bollinger_breakout", bars, **settings)[4:] == [
        ENTER_LONG | EXIT_SHORT, 0, EXIT_LONG,
    ]  # fmt: skip


def test_donchian_leaves_the_channel_of_the_bars_before() -> None:
    closes = [10.0, 11.0, 10.0, 10.5, 12.0, 13.0, 12.0, 9.0]
    # Highest of the three bars before: 11, 11, 12, 13; lowest of the two before: 10, 10, 10.5 ...
    assert codes_of("donchian", bars_of(closes), entry=3, exit=2) == [
        0, 0, 0, 0, ENTER_LONG | EXIT_SHORT, 0, 0, ENTER_SHORT | EXIT_LONG,
    ]  # fmt: skip


def test_donchian_measures_highs_and_lows_not_closes() -> None:
    closes = [10.0, 11.0, 10.0, 10.5, 12.0]
    assert codes_of("donchian", bars_of(closes, spread=1.5), entry=3, exit=2)[4] == 0


def test_supertrend_turns_at_a_close_beyond_the_band() -> None:
    rising = [100.0, 101.0, 102.0, 103.0, 104.0, 105.0]
    bars = bars_of([*rising, 95.0, 94.0, 110.0])
    codes = codes_of("supertrend", bars, window=2, multiplier=1.0)
    assert codes == [0, 0, 0, 0, 0, 0, SHORT, 0, LONG]


def test_momentum_enters_beyond_the_threshold_and_leaves_at_zero() -> None:
    bars = bars_of([100.0, 101.0, 106.0, 107.0, 106.0, 95.0])
    # Returns of one bar: -, 1 %, 5 %, 0.9 %, -0.9 %, -10 %.
    assert codes_of("momentum", bars, window=1, threshold=0.03) == [
        0, 0, ENTER_LONG, 0, EXIT_LONG, ENTER_SHORT,
    ]  # fmt: skip


def test_funding_carry_takes_the_side_that_receives_after_the_settlement() -> None:
    bars = bars_of([100.0] * 8)
    first = int(bars.index.as_unit("ms").asi8[0])
    settled = first + np.array([1, 3, 4, 6]) * HOUR_MS
    funding = FundingSeries(settled, np.array([0.001, -0.001, -0.002, 0.0001]))
    target = target_of("funding_carry", bars, funding, threshold=0.0005)
    # A settlement at 01:00 is known at the close of 02:00, not at the one of the very moment.
    expected = [nan, -1.0, nan, 1.0, nan, nan, 0.0, nan]
    assert np.array_equal(target, expected, equal_nan=True)


def test_volatility_target_holds_the_target_over_the_volatility() -> None:
    bars = bars_of([100.0, 101.0, 99.99, 100.9899, 90.0])
    found = signals_of("volatility_target", bars, window=2, target=0.2)
    assert found.target is not None
    assert found.volatility is not None
    # Returns 1 %, -1 %, 1 %: the deviation of two of them is 1.414 %.
    annual = 0.01 * sqrt(2.0) * sqrt(8_760.0)
    assert found.volatility[2:4] == pytest.approx([annual, annual], rel=1e-6)
    assert np.isnan(found.target[:2]).all()
    assert found.target[2] == pytest.approx(0.2 / annual, rel=1e-6)
    assert np.isnan(found.target[3])
    assert found.target[4] < 0.5 * found.target[2]


def test_a_price_that_stands_still_has_no_volatility_to_aim_for() -> None:
    assert np.isnan(target_of("volatility_target", bars_of([100.0] * 60))).all()


def test_the_volatility_is_the_sample_deviation_of_returns() -> None:
    close = np.array([100.0, 103.0, 101.0, 104.0, 99.0])
    found = known_volatility(close, window=3, periods_per_year=365.0)
    returns = close[1:] / close[:-1] - 1.0
    assert np.isnan(found[:3]).all()
    for bar in (3, 4):
        deviation = np.std(returns[bar - 3 : bar], ddof=1)
        assert found[bar] == pytest.approx(deviation * sqrt(365.0), rel=1e-9)


def test_buy_and_hold_buys_once() -> None:
    assert codes_of("buy_and_hold", bars_of([1.0, 2.0, 3.0])) == [ENTER_LONG, 0, 0]
