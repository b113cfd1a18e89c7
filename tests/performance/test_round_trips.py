"""Rows of trades.csv, by hand and on random accounts."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from math import fsum, isclose, isnan, nan

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Fill
from etrms_core.errors import DomainError
from etrms_core.performance.metrics import performance_metrics
from etrms_core.performance.round_trips import (
    TRADE_COLUMNS,
    Extremes,
    TradeRow,
    trade_frame,
    trade_rows,
)
from etrms_core.performance.trade_book import FundingReceived, HeldPosition
from tests.performance.fills import NOW, make_fill

NET = PositionSide.NET
END = NOW + timedelta(days=30)
LEGS = [
    ("BTCUSDT", NET),
    ("ETHUSDT", PositionSide.LONG),
    ("ETHUSDT", PositionSide.SHORT),
]


def quiet(symbol: str, start: datetime, end: datetime) -> tuple[float, float]:
    """Know no price beside those of the fills (no low, no high)."""
    return float("inf"), float("-inf")


def fill(quantity: float, price: float, *, hours: float, fee: float = 0.0) -> Fill:
    moment = NOW + timedelta(hours=hours)
    return make_fill(f"f{hours}", quantity, price=price, fee=fee, filled_at=moment)


def rows_of(
    fills: Sequence[Fill],
    *,
    opening: Sequence[HeldPosition] = (),
    funding: Sequence[FundingReceived] = (),
    extremes: Extremes = quiet,
    mark: float = 100.0,
) -> tuple[TradeRow, ...]:
    marks = {"BTCUSDT": mark, "ETHUSDT": mark}
    return trade_rows(
        fills, opening=opening, funding=funding, extremes=extremes, marks=marks, ends_at=END
    )


def test_columns_are_those_of_the_interface() -> None:
    assert ",".join(TRADE_COLUMNS) == (
        "id,symbol,side,entry_time,exit_time,quantity,entry_price,exit_price,fees,funding,pnl,"
        "return,mae,mfe,exit_reason"
    )


def test_a_hand_worked_short() -> None:
    entry = fill(-2.0, 100.0, hours=0, fee=0.2)
    end = replace(fill(2.0, 90.0, hours=5, fee=0.18), reason="take_profit")
    paid = FundingReceived("BTCUSDT", NET, NOW + timedelta(hours=2), 0.5)
    (row,) = rows_of([entry, end], funding=[paid], extremes=lambda *_: (88.0, 105.0))
    assert asdict(row) == {
        "id": 1,
        "symbol": "BTCUSDT",
        "side": "short",
        "entry_time": NOW,
        "exit_time": NOW + timedelta(hours=5),
        "quantity": 2.0,
        "entry_price": 100.0,
        "exit_price": 90.0,
        "fees": pytest.approx(0.38),
        "funding": 0.5,
        "pnl": pytest.approx(20.12),
        "return_": pytest.approx(0.1006),
        "mae": pytest.approx(-0.05),
        "mfe": pytest.approx(0.12),
        "exit_reason": "take_profit",
    }


def test_what_is_open_at_the_end_is_marked() -> None:
    (row,) = rows_of([fill(2.0, 100.0, hours=0, fee=0.2)], mark=95.0)
    assert (row.exit_time, row.exit_price, row.exit_reason) == (None, None, "open")
    assert row.pnl == pytest.approx(-10.2)
    assert row.return_ == pytest.approx(-0.051)
    assert row.mae == pytest.approx(-0.05)
    assert row.mfe == 0.0


def test_a_position_without_a_mark_is_refused() -> None:
    with pytest.raises(DomainError, match="BTCUSDT is open at the end and has no mark"):
        trade_rows(
            [fill(1.0, 100.0, hours=0)],
            opening=(),
            funding=(),
            extremes=quiet,
            marks={},
            ends_at=END,
        )


def test_a_position_held_before_is_a_trade_from_its_own_time() -> None:
    held = HeldPosition("BTCUSDT", NET, 3.0, 100.0, NOW - timedelta(days=1))
    first, second = rows_of([fill(-1.0, 104.0, hours=0, fee=0.1)], opening=[held], mark=101.0)
    assert (first.id, first.entry_time, first.exit_time) == (1, held.time, NOW)
    assert first.pnl == pytest.approx(3.9)
    assert (second.id, second.quantity, second.pnl) == (2, 2.0, 2.0)
    assert second.entry_time == held.time


def test_excursions_ask_for_the_time_of_the_trade() -> None:
    asked: list[tuple[str, datetime, datetime]] = []

    def extremes(symbol: str, start: datetime, end: datetime) -> tuple[float, float]:
        asked.append((symbol, start, end))
        return 90.0, 115.0

    fills = [fill(2.0, 100.0, hours=0), fill(-1.0, 110.0, hours=3)]
    rows = rows_of(fills, extremes=extremes)
    assert asked == [
        ("BTCUSDT", NOW, NOW + timedelta(hours=3)),
        ("BTCUSDT", NOW, END),
    ]
    assert {(row.mae, row.mfe) for row in rows} == {(90.0 / 100.0 - 1.0, 115.0 / 100.0 - 1.0)}


def test_the_exit_price_is_an_extreme_too() -> None:
    fills = [fill(1.0, 100.0, hours=0), fill(-1.0, 80.0, hours=1)]
    (row,) = rows_of(fills, extremes=lambda *_: (95.0, 99.0))
    assert row.mae == pytest.approx(-0.2)
    assert row.mfe == 0.0  # the entry is the best price there was


def test_unknown_extremes_make_unknown_excursions() -> None:
    for unknown in ((nan, 101.0), (99.0, nan)):
        (row,) = rows_of([fill(1.0, 100.0, hours=0)], extremes=lambda *_, known=unknown: known)
        assert isnan(row.mae)
        assert isnan(row.mfe)
        assert row.pnl == 0.0


def test_funding_at_the_time_of_an_exit_belongs_to_what_was_carried_in() -> None:
    fills = [fill(1.0, 100.0, hours=0), fill(-2.0, 100.0, hours=8)]
    paid = FundingReceived("BTCUSDT", NET, NOW + timedelta(hours=8), -1.0)
    assert [row.funding for row in rows_of(fills, funding=[paid])] == [-1.0, 0.0]


def test_funding_that_comes_after_the_last_exit_is_not_lost() -> None:
    fills = [fill(1.0, 100.0, hours=0), fill(-1.0, 100.0, hours=8)]
    paid = FundingReceived("BTCUSDT", NET, NOW + timedelta(hours=9), -1.0)
    (row,) = rows_of(fills, funding=[paid])
    assert row.pnl == row.funding == -1.0


def test_fills_and_funding_are_given_in_time_order() -> None:
    with pytest.raises(DomainError, match="fills are in time order"):
        rows_of([fill(1.0, 100.0, hours=1), fill(1.0, 100.0, hours=0)])
    late, early = (FundingReceived("BTCUSDT", NET, NOW + timedelta(hours=h), 1.0) for h in (2, 1))
    with pytest.raises(DomainError, match="funding are in time order"):
        rows_of([fill(1.0, 100.0, hours=0)], funding=[late, early])


def test_a_frame_of_rows_can_be_measured() -> None:
    fills = [
        fill(1.0, 100.0, hours=1, fee=0.1),
        fill(-1.0, 110.0, hours=2, fee=0.1),
        fill(1.0, 100.0, hours=3),
    ]
    frame = trade_frame(rows_of(fills))
    assert tuple(frame.columns) == TRADE_COLUMNS
    assert frame["exit_time"].isna().tolist() == [False, True]
    times = pd.date_range(NOW, periods=5, freq="h")
    equity = pd.Series([1000.0, 1000.0, 1009.8, 1009.8, 1009.8], index=times)
    measured = performance_metrics(equity, frame, periods_per_year=8760.0)
    assert measured["trades"] == 2.0
    assert measured["win_rate"] == 1.0
    assert measured["expectancy"] == pytest.approx(9.8)
    assert measured["exposure"] == 0.5
    assert measured["turnover"] == pytest.approx(310.0 / equity.mean())


def test_an_empty_frame_keeps_its_columns_and_kinds() -> None:
    empty, full = trade_frame(()), trade_frame(rows_of([fill(1.0, 100.0, hours=0)]))
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert len(empty) == 0


@st.composite
def runs(draw: st.DrawFn) -> tuple[list[HeldPosition], list[Fill], list[FundingReceived]]:
    """Draw given positions, fills (often of round size, so that some close all) and funding."""
    sizes = st.sampled_from([-3.0, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 3.0]) | st.floats(
        -5.0, 5.0
    ).filter(lambda size: abs(size) > 1e-3)
    prices = st.floats(1.0, 1e4)
    opening = [
        HeldPosition(*leg, draw(sizes), draw(prices), NOW) for leg in LEGS if draw(st.booleans())
    ]
    seen = {held[:2] for held in opening}
    now, fills, funding = NOW, [], []
    for number in range(draw(st.integers(0, 25))):
        now += timedelta(hours=draw(st.integers(0, 2)))
        symbol, side = leg = draw(st.sampled_from(LEGS))
        if leg in seen and draw(st.booleans()):
            amount = draw(st.floats(-10.0, 10.0))
            funding.append(FundingReceived(symbol, side, now, amount))
            continue
        seen.add(leg)
        fills.append(
            make_fill(
                f"f{number}",
                draw(sizes),
                leg=leg,
                price=draw(prices),
                fee=draw(st.floats(0.0, 5.0)),
                filled_at=now,
            )
        )
    return opening, fills, funding


@given(runs(), st.floats(1.0, 1e4))
def test_rows_add_up_to_what_the_account_gained(
    run: tuple[list[HeldPosition], list[Fill], list[FundingReceived]], mark: float
) -> None:
    opening, fills, funding = run
    rows = rows_of(fills, opening=opening, funding=funding, mark=mark)
    traded = [-each.quantity * each.price for each in fills]
    carried = [-each.quantity * each.entry_price for each in opening]
    worth = [each.quantity * mark for each in fills]
    worth += [each.quantity * mark for each in opening]
    fees, received = fsum(each.fee for each in fills), fsum(each.amount for each in funding)
    gained = fsum([*traded, *carried, *worth, -fees, received])
    scale = fsum(abs(part) for part in (*traded, *carried, *worth, fees, received))
    assert isclose(fsum(row.pnl for row in rows), gained, rel_tol=1e-9, abs_tol=1e-9 * scale)
    assert isclose(fsum(row.fees for row in rows), fees, rel_tol=1e-9, abs_tol=1e-12)
    assert isclose(fsum(row.funding for row in rows), received, rel_tol=1e-9, abs_tol=1e-9)


@given(runs(), st.floats(1.0, 1e4))
def test_rows_are_well_formed(
    run: tuple[list[HeldPosition], list[Fill], list[FundingReceived]], mark: float
) -> None:
    opening, fills, funding = run
    rows = rows_of(fills, opening=opening, funding=funding, mark=mark)
    assert [row.id for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        assert row.quantity > 0.0
        assert row.mae <= 0.0 <= row.mfe
        assert row.fees >= 0.0
        assert (row.exit_time is None) == (row.exit_reason == "open")
        assert row.exit_time is None or row.entry_time <= row.exit_time
    for symbol in ("BTCUSDT", "ETHUSDT"):
        open_rows = [row for row in rows if row.symbol == symbol and row.exit_time is None]
        left = fsum(row.quantity * (1.0 if row.side == "long" else -1.0) for row in open_rows)
        held = fsum(each.quantity for each in fills if each.symbol == symbol)
        held += fsum(each.quantity for each in opening if each.symbol == symbol)
        assert isclose(left, held, abs_tol=1e-9)
