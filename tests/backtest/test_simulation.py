"""What happens in a bar, each case with its result by hand."""

from dataclasses import replace

import numpy as np
import pytest

from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT, Signals
from etrms_core.backtest.terms import (
    AccountTerms,
    Bounds,
    Direction,
    FillTime,
    SizeKind,
    SizeRule,
    TradingTerms,
)
from etrms_core.domain.account import MarginMode
from etrms_core.domain.instrument import Instrument, MarginTiers, single_tier
from etrms_core.errors import DomainError
from tests.backtest.simulated_markets import (
    HOUR_MS,
    NO_FEES,
    ONE_UNIT,
    START_MS,
    bar_table,
    coded,
    market_of,
    orders,
    paid,
    run,
    targeted,
)

FLAT = (100.0, 100.0, 100.0, 100.0)
LONG_SHORT = TradingTerms(direction=Direction.LONG_SHORT, size=ONE_UNIT)


def long_with(**levels: float) -> TradingTerms:
    return TradingTerms(size=ONE_UNIT, **levels)


def test_a_trade_costs_its_two_fees() -> None:
    market = market_of(
        bar_table(
            (100, 102, 99, 101),
            (102, 104, 101, 103),
            (104, 106, 103, 105),
            (110, 111, 109, 110),
        )
    )
    result = run(
        market,
        coded(4, at_0=ENTER_LONG, at_2=EXIT_LONG),
        account=AccountTerms(taker_fee=0.001, slippage_bps=10.0),
    )
    bought, sold = 102 * 1.001, 110 * 0.999
    after_entry = 10_000 - bought * 0.001
    assert orders(result) == [
        (1, 1.0, round(bought, 9), "signal"),
        (3, -1.0, round(sold, 9), "signal"),
    ]
    assert result.equity == pytest.approx(
        [
            10_000,
            10_000,
            after_entry + 103 - bought,
            after_entry + 105 - bought,
            after_entry + sold - bought - sold * 0.001,
        ],
        rel=1e-14,
    )
    assert result.adverse_equity[1] == pytest.approx(after_entry + 101 - bought, rel=1e-14)
    assert result.fills.realized_pnl.tolist() == pytest.approx([0.0, sold - bought])
    assert result.fills.fee.tolist() == pytest.approx([bought * 0.001, sold * 0.001])
    assert result.fills.time_ms.tolist() == [START_MS + HOUR_MS, START_MS + 3 * HOUR_MS]
    assert not result.fills.inside.any()


def test_a_signal_can_fill_at_its_own_close() -> None:
    market = market_of(bar_table((100, 102, 99, 101), (90, 120, 80, 103)))
    result = run(
        market,
        coded(2, at_0=ENTER_LONG, at_1=EXIT_LONG),
        account=replace(NO_FEES, fill=FillTime.CLOSE),
    )
    assert orders(result) == [(0, 1.0, 101.0, "signal"), (1, -1.0, 103.0, "signal")]
    assert result.equity.tolist() == [10_000, 10_000, 10_002]
    assert result.fills.time_ms.tolist() == [START_MS + HOUR_MS, START_MS + 2 * HOUR_MS]


def test_a_position_that_is_open_at_the_end_stays_open() -> None:
    result = run(market_of(bar_table(FLAT, FLAT, (100, 107, 100, 106))), coded(3, at_0=ENTER_LONG))
    assert orders(result) == [(1, 1.0, 100.0, "signal")]
    assert result.equity[-1] == 10_006


def test_funding_at_the_open_settles_on_what_was_carried_in() -> None:
    bars = bar_table(FLAT, FLAT, (110, 110, 110, 110), (120, 120, 120, 120))
    market = market_of(bars, funding=[paid((1, 0.01), (2, 0.01), (3, -0.02))])
    result = run(market, coded(4, at_0=ENTER_LONG, at_2=EXIT_LONG))
    # At hour 1 nothing was held yet; at hour 3 the exit comes after the settlement.
    assert result.payments.time_ms.tolist() == [START_MS + 2 * HOUR_MS, START_MS + 3 * HOUR_MS]
    assert result.payments.amount.tolist() == pytest.approx([-1.1, 2.4])
    assert result.equity.tolist() == pytest.approx([10_000, 10_000, 10_000, 10_008.9, 10_021.3])


def test_funding_inside_a_bar_settles_after_the_exits_inside_it() -> None:
    bars = bar_table(FLAT, FLAT, (100, 100, 89, 95), FLAT)
    market = market_of(bars, bars, funding=[paid((2.5, 0.01)), paid((2.5, 0.01))])
    stopped = run(
        market,
        coded(4, at_0=ENTER_LONG),
        coded(4, at_1=ENTER_LONG, at_2=EXIT_LONG),
        trading=long_with(stop_loss=0.1),
    )
    assert [order[0] for order in orders(stopped)] == [1, 2, 2, 2]
    assert stopped.payments.size == 0
    held = run(market, coded(4, at_0=ENTER_LONG), coded(4))
    # The mark at the close.
    assert held.payments.amount.tolist() == pytest.approx([-0.95])


def test_funding_uses_the_open_of_the_mark_series() -> None:
    bars, marks = bar_table(FLAT, FLAT, FLAT), bar_table(FLAT, FLAT, (90, 95, 85, 91))
    market = market_of(bars, marks=[marks], funding=[paid((2, 0.01))])
    result = run(market, coded(3, at_0=ENTER_LONG))
    assert result.payments.amount.tolist() == pytest.approx([-0.9])
    assert result.equity[-1] == pytest.approx(10_000 - 9 - 0.9)
    assert result.adverse_equity[-1] == pytest.approx(10_000 - 15 - 0.9)


def test_a_liquidation_happens_where_the_tier_says() -> None:
    tiers = MarginTiers((0.0, 50_000.0), (0.004, 0.01), (0.0, 300.0))
    account = AccountTerms(leverage=10.0, taker_fee=0.0, liquidation_fee=0.001)
    market = market_of(bar_table(FLAT, FLAT, (100, 101, 80, 85), FLAT))
    result = run(
        market,
        coded(4, at_0=ENTER_LONG),
        account=account,
        trading=TradingTerms(),
        instruments=[Instrument("S0", tiers=tiers)],
    )
    # 1,000 units: 10,000 + 1,000 (p - 100) = 1,000 p 0.01 - 300
    price = 89_700 / 990
    assert orders(result)[1] == (2, -1_000.0, round(price, 9), "liquidation")
    left = 10_000 + 1_000 * (price - 100) - 1_000 * price * 0.001
    assert result.equity[-2:] == pytest.approx([left, left])
    assert result.adverse_equity[2] == pytest.approx(left)
    assert result.fills.inside.tolist() == [False, True]


def test_a_liquidation_takes_no_more_than_the_collateral() -> None:
    market = market_of(bar_table(FLAT, FLAT, (80, 81, 79, 80), FLAT))
    result = run(
        market,
        coded(4, at_0=ENTER_LONG),
        account=AccountTerms(leverage=10.0, taker_fee=0.0),
        trading=TradingTerms(),
    )
    assert orders(result)[1] == (2, -1_000.0, 90.0, "liquidation")
    assert result.equity[-1] == pytest.approx(0.0, abs=1e-9)
    assert not result.fills.inside[1]


def test_an_isolated_liquidation_costs_the_margin_of_its_position_only() -> None:
    account = AccountTerms(
        leverage=10.0, taker_fee=0.0, margin_mode=MarginMode.ISOLATED, liquidation_fee=0.0125
    )
    falling = bar_table(FLAT, FLAT, (100, 101, 80, 85))
    market = market_of(falling, bar_table(FLAT, FLAT, FLAT))
    result = run(
        market,
        coded(3, at_0=ENTER_LONG),
        coded(3, at_0=ENTER_LONG),
        account=account,
        trading=TradingTerms(size=SizeRule(SizeKind.NOTIONAL, 10_000.0)),
        instruments=[Instrument(name, tiers=single_tier(0.005)) for name in market.symbols],
    )
    # 1,000 of margin: 1,000 + 100 (p - 100) = 100 p 0.005
    assert orders(result)[2:] == [(2, -100.0, round(9_000 / 99.5, 9), "liquidation")]
    assert result.equity[-1] == pytest.approx(9_000)


def test_liquidation_can_be_switched_off() -> None:
    market = market_of(bar_table(FLAT, FLAT, (100, 101, 80, 85)))
    account = replace(NO_FEES, liquidation=False)
    result = run(market, coded(3, at_0=ENTER_LONG), account=account, trading=TradingTerms())
    assert len(result.fills) == 1
    assert result.equity[-1] == pytest.approx(10_000 - 15 * 1_000)


def test_a_gap_through_a_stop_fills_at_the_open() -> None:
    market = market_of(bar_table(FLAT, FLAT, (90, 99, 88, 97), FLAT))
    result = run(market, coded(4, at_0=ENTER_LONG), trading=long_with(stop_loss=0.05))
    assert orders(result)[1] == (2, -1.0, 90.0, "stop_loss")
    assert not result.fills.inside[1]
    assert result.fills.time_ms[1] == START_MS + 2 * HOUR_MS


def test_a_stop_inside_a_bar_fills_at_its_level() -> None:
    market = market_of(bar_table(FLAT, FLAT, (99, 99, 94, 97), FLAT))
    result = run(market, coded(4, at_0=ENTER_LONG), trading=long_with(stop_loss=0.05))
    assert orders(result)[1] == (2, -1.0, 95.0, "stop_loss")
    assert result.fills.inside[1]
    assert result.equity[-1] == 9_995


def test_a_position_can_be_stopped_in_the_bar_in_which_it_was_opened() -> None:
    market = market_of(bar_table(FLAT, (100, 101, 94, 99), FLAT))
    result = run(market, coded(3, at_0=ENTER_LONG), trading=long_with(stop_loss=0.05))
    assert orders(result) == [(1, 1.0, 100.0, "signal"), (1, -1.0, 95.0, "stop_loss")]


def test_a_stop_lies_on_a_tick() -> None:
    market = market_of(bar_table(FLAT, FLAT, (99, 99, 90, 97), FLAT))
    result = run(
        market,
        coded(4, at_0=ENTER_LONG),
        trading=long_with(stop_loss=0.0523),
        instruments=[Instrument("S0", tick_size=0.5)],
    )
    assert orders(result)[1] == (2, -1.0, 95.0, "stop_loss")


@pytest.mark.parametrize(
    ("bounds", "order"),
    [
        (Bounds.PESSIMISTIC, (2, -1.0, 95.0, "stop_loss")),
        (Bounds.OPTIMISTIC, (2, -1.0, 110.0, "take_profit")),
    ],
)
def test_a_bar_that_touches_stop_and_target_has_two_readings(
    bounds: Bounds, order: tuple[int, float, float, str]
) -> None:
    market = market_of(bar_table(FLAT, FLAT, (100, 112, 94, 100), FLAT))
    result = run(
        market,
        coded(4, at_0=ENTER_LONG),
        account=replace(NO_FEES, bounds=bounds),
        trading=long_with(stop_loss=0.05, take_profit=0.1),
    )
    assert orders(result)[1] == order


def test_optimistically_only_a_close_beyond_the_margin_liquidates() -> None:
    account = replace(NO_FEES, bounds=Bounds.OPTIMISTIC)
    recovering = market_of(bar_table(FLAT, FLAT, (100, 101, 80, 95)))
    lasting = market_of(bar_table(FLAT, FLAT, (100, 101, 80, 85)))
    entry, trading = coded(3, at_0=ENTER_LONG), TradingTerms()
    assert len(run(recovering, entry, account=account, trading=trading).fills) == 1
    assert orders(run(lasting, entry, account=account, trading=trading))[1][3] == "liquidation"


def test_a_take_profit_fills_at_its_level_or_at_a_better_open() -> None:
    trading = long_with(take_profit=0.1)
    inside = market_of(bar_table(FLAT, FLAT, (105, 112, 99, 108)))
    gapped = market_of(bar_table(FLAT, FLAT, (115, 116, 99, 108)))
    assert orders(run(inside, coded(3, at_0=ENTER_LONG), trading=trading))[1] == (
        2,
        -1.0,
        110.0,
        "take_profit",
    )
    assert orders(run(gapped, coded(3, at_0=ENTER_LONG), trading=trading))[1] == (
        2,
        -1.0,
        115.0,
        "take_profit",
    )


def test_a_trailing_stop_knows_extremes_up_to_the_bar_before() -> None:
    rising = (100, 120, 100, 118)
    market = market_of(bar_table(FLAT, rising, (118, 119, 107, 110), FLAT))
    result = run(market, coded(4, at_0=ENTER_LONG), trading=long_with(trailing_stop=0.1))
    # Behind 120 from bar 2 on; in bar 1 itself behind the entry at 100.
    assert orders(result)[1] == (2, -1.0, 108.0, "trailing_stop")


def test_a_trailing_stop_follows_a_short_down() -> None:
    market = market_of(bar_table(FLAT, (100, 101, 80, 82), (82, 89, 81, 85)))
    result = run(
        market,
        coded(3, at_0=ENTER_SHORT),
        trading=replace(LONG_SHORT, trailing_stop=0.1),
    )
    assert orders(result)[1] == (2, 1.0, 88.0, "trailing_stop")


def test_what_volume_does_not_fill_is_given_up_by_entries_and_waits_with_exits() -> None:
    bars = bar_table(
        (100, 100, 100, 100, 10),
        (100, 100, 100, 100, 6),
        (100, 100, 100, 100, 6),
        (100, 100, 100, 100, 4),
        (101, 101, 101, 101, 2),
        (102, 102, 102, 102, 8),
    )
    result = run(
        market_of(bars),
        coded(6, at_0=ENTER_LONG, at_2=EXIT_LONG),
        account=replace(NO_FEES, volume_share=0.5),
        trading=TradingTerms(size=SizeRule(SizeKind.QUANTITY, 10.0)),
    )
    assert orders(result) == [
        (1, 3.0, 100.0, "signal"),
        (3, -2.0, 100.0, "signal"),
        (4, -1.0, 101.0, "signal"),
    ]


def test_a_stop_that_fills_in_part_goes_on_at_the_next_open() -> None:
    bars = bar_table(
        FLAT,
        FLAT,
        (100, 100, 94, 99, 1.0),
        (99, 105, 98, 100, 1.0),
        FLAT,
    )
    result = run(
        market_of(bars),
        coded(5, at_0=ENTER_LONG),
        account=replace(NO_FEES, volume_share=0.6),
        trading=long_with(stop_loss=0.05),
    )
    assert orders(result)[1:] == [(2, -0.6, 95.0, "stop_loss"), (3, -0.4, 99.0, "stop_loss")]


def test_a_flip_is_one_order() -> None:
    market = market_of(bar_table(FLAT, FLAT, FLAT, (110, 110, 110, 110)))
    result = run(
        market,
        coded(4, at_0=ENTER_LONG, at_2=EXIT_LONG | ENTER_SHORT),
        trading=LONG_SHORT,
    )
    assert orders(result) == [(1, 1.0, 100.0, "signal"), (3, -2.0, 110.0, "signal")]
    assert result.fills.realized_pnl.tolist() == [0.0, 10.0]


def test_a_side_that_is_not_allowed_is_not_entered() -> None:
    market = market_of(bar_table(FLAT, FLAT, FLAT, FLAT))
    signals = coded(4, at_0=ENTER_SHORT, at_1=ENTER_LONG, at_2=EXIT_LONG | ENTER_SHORT)
    assert orders(run(market, signals)) == [(2, 1.0, 100.0, "signal"), (3, -1.0, 100.0, "signal")]
    short_only = replace(LONG_SHORT, direction=Direction.SHORT_ONLY)
    assert (
        orders(run(market, signals, trading=short_only))
        == [
            (1, -1.0, 100.0, "signal"),
            (3, -1.0, 100.0, "signal"),
        ][:1]
    )


def test_an_entry_beyond_the_cap_is_cut_to_fit() -> None:
    market = market_of(bar_table(FLAT, FLAT), bar_table(FLAT, FLAT))
    result = run(
        market,
        coded(2, at_0=ENTER_LONG),
        coded(2, at_0=ENTER_LONG),
        account=AccountTerms(leverage=2.0, taker_fee=0.001),
        trading=TradingTerms(size=SizeRule(SizeKind.NOTIONAL, 15_000.0)),
        instruments=[Instrument("S0", lot_size=0.1), Instrument("S1", lot_size=0.1)],
    )
    # 10,000 - 15 less 7,500 of margin backs 2,485 / (50 + 0.1) = 49.6 units.
    assert [order[1] for order in orders(result)] == [150.0, 49.6]


def test_the_whole_equity_is_bought_to_the_lot() -> None:
    market = market_of(bar_table(FLAT, FLAT))
    result = run(
        market,
        coded(2, at_0=ENTER_LONG),
        account=AccountTerms(taker_fee=0.001),
        trading=TradingTerms(),
        instruments=[Instrument("S0", lot_size=0.01)],
    )
    assert [order[1] for order in orders(result)] == [99.9]


@pytest.mark.parametrize(
    ("size", "quantity"),
    [
        (SizeRule(SizeKind.EQUITY_FRACTION, 0.5), 0.5 * 10 * 10_000 / (100 * 1.001)),
        (SizeRule(SizeKind.NOTIONAL, 500.0), 5.0),
        (SizeRule(SizeKind.QUANTITY, 7.0), 7.0),
        (SizeRule(SizeKind.RISK_FRACTION, 0.01), 100 / 5),
        (SizeRule(SizeKind.VOLATILITY_TARGET, 0.2), 10_000 * 0.2 / 0.8 / 100),
    ],
)
def test_each_size_kind_buys_what_it_says(size: SizeRule, quantity: float) -> None:
    codes = np.array([ENTER_LONG, 0], np.int8)
    result = run(
        market_of(bar_table(FLAT, FLAT)),
        Signals(codes=codes, volatility=np.array([0.8, 0.1])),
        account=AccountTerms(leverage=10.0, taker_fee=0.001),
        trading=TradingTerms(size=size, stop_loss=0.05),
    )
    assert result.fills.quantity.tolist() == pytest.approx([quantity])


def test_an_entry_of_unknown_volatility_is_not_made() -> None:
    codes = np.array([ENTER_LONG, 0], np.int8)
    result = run(
        market_of(bar_table(FLAT, FLAT)),
        Signals(codes=codes, volatility=np.array([np.nan, 0.5])),
        trading=TradingTerms(size=SizeRule(SizeKind.VOLATILITY_TARGET, 0.2)),
    )
    assert len(result.fills) == 0


def test_an_entry_below_the_smallest_notional_is_not_made() -> None:
    market = market_of(bar_table(FLAT, FLAT))
    for smallest, count in ((100.0, 1), (100.1, 0)):
        instruments = [Instrument("S0", minimum_notional=smallest)]
        assert len(run(market, coded(2, at_0=ENTER_LONG), instruments=instruments).fills) == count


def test_an_entry_signal_of_a_bar_with_a_stop_is_lost() -> None:
    market = market_of(bar_table(FLAT, FLAT, (100, 100, 94, 99), FLAT, FLAT))
    signals = coded(5, at_0=ENTER_LONG, at_2=ENTER_LONG)
    result = run(market, signals, trading=long_with(stop_loss=0.05))
    assert [order[3] for order in orders(result)] == ["signal", "stop_loss"]


def test_exits_make_room_for_entries_of_the_same_open() -> None:
    account = AccountTerms(leverage=1.0, taker_fee=0.0)
    market = market_of(*(bar_table(FLAT, FLAT, FLAT),) * 2)
    result = run(
        market,
        coded(3, at_1=ENTER_LONG),
        coded(3, at_0=ENTER_LONG, at_1=EXIT_LONG),
        account=account,
        trading=TradingTerms(),
    )
    assert [(int(f.symbol), float(f.quantity)) for f in result.fills] == [
        (1, 100.0),
        (1, -100.0),
        (0, 100.0),
    ]


def test_a_target_is_a_signed_fraction_of_equity() -> None:
    market = market_of(bar_table(FLAT, FLAT, FLAT, (125, 125, 125, 125), (125,) * 4, (125,) * 4))
    result = run(
        market,
        targeted(6, at_0=0.8, at_1=0.4, at_2=0.4, at_3=-0.6, at_4=0.0),
        trading=TradingTerms(direction=Direction.LONG_SHORT),
        instruments=[Instrument("S0", lot_size=1.0)],
    )
    assert orders(result) == [
        (1, 80.0, 100.0, "signal"),
        (2, -40.0, 100.0, "signal"),
        # 11,000 x 0.4 / 125 = 35.2
        (3, -5.0, 125.0, "signal"),
        # from 35 to 11,000 x 0.6 / 125 = 52.8 short
        (4, -87.0, 125.0, "signal"),
        (5, 52.0, 125.0, "signal"),
    ]


def test_a_symbol_without_a_bar_keeps_its_mark_and_its_orders_wait() -> None:
    gap = (np.nan,) * 5
    market = market_of(
        bar_table(FLAT, (100, 106, 100, 105), gap, (90, 95, 90, 95)),
        bar_table(FLAT, FLAT, FLAT, FLAT),
    )
    result = run(
        market,
        coded(4, at_0=ENTER_LONG, at_1=EXIT_LONG),
        coded(4, at_1=ENTER_LONG),
        trading=long_with(stop_loss=0.2),
    )
    assert [(int(f.symbol), int(f.bar), float(f.price)) for f in result.fills] == [
        (0, 1, 100.0),
        (1, 2, 100.0),
        (0, 3, 90.0),
    ]
    assert result.equity.tolist() == [10_000, 10_000, 10_005, 10_005, 9_990]


def test_more_fills_than_expected_are_all_kept() -> None:
    count = 12_000
    codes = np.tile(np.array([ENTER_LONG, EXIT_LONG], np.int8), count // 2)
    table = bar_table(*(FLAT,) * count)
    result = run(market_of(table), Signals(codes=codes), account=AccountTerms(taker_fee=0.001))
    assert len(result.fills) == count - 1
    assert result.equity[-1] == pytest.approx(10_000 - 0.1 * (count - 1))


def test_inputs_that_do_not_fit_are_refused() -> None:
    market = market_of(bar_table(FLAT, FLAT))
    with pytest.raises(DomainError, match="for each of 1 symbols"):
        run(market, coded(2), coded(2))
    with pytest.raises(DomainError, match="S0 needs prices and signals for each of 2 bars"):
        run(market, coded(3))


def test_a_cover_of_a_short_pays_slippage_upwards() -> None:
    market = market_of(bar_table(FLAT, FLAT, FLAT))
    result = run(
        market,
        coded(3, at_0=ENTER_SHORT, at_1=EXIT_SHORT),
        account=replace(NO_FEES, slippage_bps=100.0),
        trading=LONG_SHORT,
    )
    assert orders(result) == [(1, -1.0, 99.0, "signal"), (2, 1.0, 101.0, "signal")]
