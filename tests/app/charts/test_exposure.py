"""The exposure chart."""

from zoneinfo import ZoneInfo

import pytest

from app.charts.exposure import MOST_BARS, exposure_figure
from app.presenters.position_cards import PositionCard, position_cards
from app.presenters.position_rows import position_rows
from etrms_core.domain.account import Position
from tests.app.readings import run_cycles
from tests.builders import make_account, make_position


def cards_of(*positions: Position) -> tuple[PositionCard, ...]:
    snapshot = run_cycles([make_account(*positions)]).snapshot
    return position_cards(snapshot, position_rows(snapshot, {}, zone=ZoneInfo("UTC")), {})


def test_longs_go_right_and_shorts_left_in_the_order_of_their_size() -> None:
    figure = exposure_figure(
        cards_of(make_position("AAA", 1.0), make_position("BBB", -3.0), make_position("CCC", 2.0))
    )
    long, short = figure.data
    assert list(long.x) == pytest.approx([200.0, 100.0])
    assert list(short.x) == pytest.approx([-300.0])
    assert list(figure.layout.yaxis.categoryarray)[-1] == "BBB short, main"
    assert "USD" in figure.layout.xaxis.title.text
    assert "Distance to liquidation" in short.text[0]
    assert figure.layout.title.text == "Exposure by position"


def test_an_unknown_notional_is_left_out_and_never_0() -> None:
    figure = exposure_figure(cards_of(make_position("AAA", mark_price=None), make_position("BBB")))
    assert [list(trace.y) for trace in figure.data] == [["BBB long, main"]]


def test_a_name_is_no_markup() -> None:
    (trace,) = exposure_figure(cards_of(make_position("<b>x</b>"))).data
    assert "<b>" not in trace.y[0]


def test_very_many_positions_are_cut_to_the_largest() -> None:
    many = [make_position(f"S{number}", 1.0 + number) for number in range(MOST_BARS + 5)]
    (trace,) = exposure_figure(cards_of(*many)).data
    assert len(trace.x) == MOST_BARS
    assert min(trace.x) > 500.0


def test_without_positions_it_is_empty() -> None:
    assert len(exposure_figure(()).data) == 0
