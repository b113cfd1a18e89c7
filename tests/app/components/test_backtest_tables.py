"""Tables of a backtest as markup."""

from app.components.backtest_tables import (
    line_table,
    metric_table,
    month_table,
    run_table,
    section_title,
)
from app.presenters.backtest_jobs import RunRow
from app.presenters.backtest_metrics import metric_rows
from app.presenters.backtest_months import year_rows
from app.presenters.backtest_words import Line
from app.presenters.cells import Cell

HOSTILE = "<script>alert(1)</script>"


def test_months_carry_their_strength_beside_their_number() -> None:
    markup = month_table(year_rows([{"year": 2025, "month": 1, "return": -0.5}]))
    assert 'class="et-cold-4"' in markup
    assert "\N{MINUS SIGN}50.0%" in markup
    assert 'aria-label="Months"' in markup


def test_figures_stand_in_a_column_for_each_run() -> None:
    markup = metric_table(metric_rows([{"sharpe": 1.0}, {"sharpe": -2.0}]), ["A", HOSTILE])
    assert "+1.00" in markup
    assert "\N{MINUS SIGN}2.00" in markup
    assert HOSTILE not in markup


def test_names_from_data_are_escaped_everywhere() -> None:
    cell = Cell(HOSTILE, note=HOSTILE)
    drawn = (
        run_table([RunRow("x", cell, cell, cell, cell)]),
        line_table([Line(cell, (cell,))], (HOSTILE, HOSTILE), caption=HOSTILE),
        section_title(HOSTILE),
    )
    assert not any(HOSTILE in markup for markup in drawn)
