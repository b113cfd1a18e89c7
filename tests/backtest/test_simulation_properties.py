"""What has to hold for every run."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, Signals
from etrms_core.backtest.simulation_run import SimulationRun
from etrms_core.backtest.terms import Bounds, Direction, SizeKind, SizeRule, TradingTerms
from etrms_core.domain.instrument import Instrument
from etrms_core.kernels.account import apply_fill
from etrms_core.kernels.arrays import FloatArray
from tests.backtest.simulated_markets import RandomCase, random_case

SEEDS = st.integers(1_000, 100_000)
EXAMPLES = settings(max_examples=60, deadline=None)


def recomputed_equity(case: RandomCase, result: SimulationRun) -> FloatArray:
    """Equity at every close from fills, payments and marks alone."""
    market = case.market
    count = len(market.symbols)
    held, entry, wallet = [0.0] * count, [0.0] * count, case.account.initial_capital
    marks = [0.0] * count
    equity = [wallet]
    for bar, opened in enumerate(market.open_ms):
        closed = opened + market.timeframe_ms
        for fill in result.fills[result.fills.bar == bar]:
            row = int(fill.symbol)
            held[row], entry[row], realized = apply_fill(
                held[row], entry[row], float(fill.quantity), float(fill.price)
            )
            wallet += realized - float(fill.fee)
        due = (result.payments.time_ms >= opened) & (result.payments.time_ms < closed)
        wallet += float(result.payments.amount[due].sum())
        for row in range(count):
            mark = float(market.marks[row][3, bar])
            marks[row] = marks[row] if np.isnan(mark) else mark
        equity.append(wallet + sum(q * (m - e) for q, m, e in zip(held, marks, entry, strict=True)))
    return np.array(equity)


def without_capital(case: RandomCase) -> RandomCase:
    """Let no fill depend on how much money there is."""
    nothing = Signals(codes=np.zeros(case.market.open_ms.size, np.int8))
    return replace(
        case,
        signals=tuple(nothing if each.codes is None else each for each in case.signals),
        account=replace(case.account, initial_capital=1e7, leverage=1.0, liquidation=False),
        trading=replace(case.trading, size=SizeRule(SizeKind.QUANTITY, 5.0)),
    )


@EXAMPLES
@given(seed=SEEDS)
def test_equity_is_wallet_plus_unrealised_result_at_every_bar(seed: int) -> None:
    case = random_case(seed)
    result = case.run()
    np.testing.assert_allclose(result.equity, recomputed_equity(case, result), rtol=1e-9, atol=1e-6)


@EXAMPLES
@given(seed=SEEDS)
def test_the_first_half_of_a_run_is_the_run_of_the_first_half(seed: int) -> None:
    case = random_case(seed)
    bars = case.market.open_ms.size // 2
    whole, half = case.run(), cut(case, bars).run()
    np.testing.assert_array_equal(half.equity, whole.equity[: bars + 1])
    np.testing.assert_array_equal(half.adverse_equity, whole.adverse_equity[:bars])
    np.testing.assert_array_equal(half.fills, whole.fills[whole.fills.bar < bars])


def cut(case: RandomCase, bars: int) -> RandomCase:
    """Keep the first bars, and the funding up to their end."""
    market = case.market
    tables = tuple(table[:, :bars] for table in market.bars)
    marks = tuple(table[:, :bars] for table in market.marks)
    if all(a is b for a, b in zip(market.bars, market.marks, strict=True)):
        marks = tables
    shorter = replace(market, open_ms=market.open_ms[:bars], bars=tables, marks=marks)
    signals = tuple(
        Signals(
            codes=None if each.codes is None else each.codes[:bars],
            target=None if each.target is None else each.target[:bars],
            volatility=None if each.volatility is None else each.volatility[:bars],
        )
        for each in case.signals
    )
    return replace(case, market=shorter, signals=signals)


@EXAMPLES
@given(seed=SEEDS, scale=st.sampled_from([0.25, 2.0, 1024.0]))
def test_scaling_prices_and_money_scales_the_result(seed: int, scale: float) -> None:
    # Powers of two, so that nothing rounds differently; volume is in base units.
    case = random_case(seed)
    market, size = case.market, case.trading.size
    bars = tuple(scaled(table, scale) for table in market.bars)
    marks = tuple(scaled(table, scale) for table in market.marks)
    if size.kind is SizeKind.NOTIONAL:
        size = SizeRule(size.kind, size.value * scale)
    case = replace(case, instruments=tuple(Instrument(name) for name in market.symbols))
    larger = replace(
        case,
        market=replace(market, bars=bars, marks=marks),
        account=replace(case.account, initial_capital=case.account.initial_capital * scale),
        trading=replace(case.trading, size=size),
    )
    before, after = case.run(), larger.run()
    np.testing.assert_allclose(after.equity, before.equity * scale, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(after.fills.reason, before.fills.reason)


def scaled(table: FloatArray, scale: float) -> FloatArray:
    """Scale the prices of a table, not its volume."""
    return np.concatenate([table[:4] * scale, table[4:]])


@EXAMPLES
@given(seed=SEEDS)
def test_the_order_of_symbols_changes_nothing_where_capital_does_not_bind(seed: int) -> None:
    case = without_capital(random_case(seed))
    market = case.market
    turned = replace(
        case,
        market=replace(
            market,
            bars=market.bars[::-1],
            marks=market.marks[::-1],
            funding=market.funding[::-1],
        ),
        signals=case.signals[::-1],
        instruments=case.instruments[::-1],
    )
    np.testing.assert_allclose(turned.run().equity, case.run().equity, rtol=1e-12)


@EXAMPLES
@given(seed=SEEDS, bps=st.floats(0.0, 50.0), more=st.floats(0.1, 50.0))
def test_more_slippage_never_helps_at_fixed_quantity_without_stops(
    seed: int, bps: float, more: float
) -> None:
    case = without_capital(random_case(seed))
    plain = TradingTerms(direction=case.trading.direction, size=case.trading.size)
    case = replace(case, trading=plain)
    cheap = case.run(account=replace(case.account, slippage_bps=bps))
    dear = case.run(account=replace(case.account, slippage_bps=bps + more))
    assert dear.equity[-1] <= cheap.equity[-1] + 1e-9 * abs(cheap.equity[-1])


@EXAMPLES
@given(seed=SEEDS)
def test_equity_never_falls_below_zero_where_positions_are_liquidated(seed: int) -> None:
    case = random_case(seed)
    account = replace(case.account, liquidation=True, leverage=20.0, taker_fee=0.0)
    result = case.run(account=account)
    if not case.market.funding[0].rate.size:
        assert result.equity.min() >= -1e-6


@EXAMPLES
@given(seed=SEEDS)
def test_the_bounds_of_one_trade_are_in_order(seed: int) -> None:
    case = random_case(seed)
    bars = case.market.open_ms.size
    codes = np.zeros(bars, np.int8)
    codes[np.flatnonzero(~np.isnan(case.market.bars[0][0]))[0]] = ENTER_LONG | ENTER_SHORT
    one = replace(
        cut_to_one(case),
        signals=(Signals(codes=codes),),
        trading=replace(
            case.trading,
            size=SizeRule(SizeKind.QUANTITY, 5.0),
            direction=Direction.LONG_ONLY,
            stop_loss=0.03,
            take_profit=0.03,
        ),
    )
    worse = one.run(account=replace(case.account, bounds=Bounds.PESSIMISTIC))
    better = one.run(account=replace(case.account, bounds=Bounds.OPTIMISTIC))
    assert worse.equity[-1] <= better.equity[-1] + 1e-9


def cut_to_one(case: RandomCase) -> RandomCase:
    """Keep the first symbol only."""
    market = case.market
    single = replace(
        market,
        symbols=market.symbols[:1],
        bars=market.bars[:1],
        marks=market.marks[:1],
        funding=market.funding[:1],
    )
    return replace(case, market=single, instruments=case.instruments[:1])
