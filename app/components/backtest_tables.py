"""Tables of a backtest."""

from collections.abc import Sequence

import streamlit as st

from app.components.markup import Html, cell_markup, joined, tag
from app.components.table import Column, table_markup
from app.presenters.backtest_jobs import RunRow
from app.presenters.backtest_metrics import MetricRow
from app.presenters.backtest_months import MONTHS, HeatCell, YearRow
from app.presenters.backtest_words import Line

RUNS: tuple[Column[RunRow], ...] = (
    Column("Run", lambda row: row.title, is_wide=True),
    Column("State", lambda row: row.state, is_wide=True),
    Column("Asked for", lambda row: row.submitted),
    Column("Took", lambda row: row.took, is_number=True),
)
STYLE = """
.et-section { margin: 0; padding: 0.4rem 0 0; font-size: 1.05rem; font-weight: 600; }
.et-months { overflow-x: auto; }
.et-months table { border-collapse: separate; border-spacing: 2px; width: 100%;
  font-variant-numeric: tabular-nums; font-size: 0.86rem; }
.et-months :is(th, td) { padding: 0.3rem 0.4rem; border: 0; text-align: right;
  white-space: nowrap; }
.et-months th { color: var(--et-quiet); font-weight: 500; }
.et-months td { border-radius: 0.2rem; }
.et-heat-0 { color: var(--et-quiet); }
.et-heat-1 { background: light-dark(#e4f3eb, #0c2a1c); }
.et-heat-2 { background: light-dark(#c7e7d5, #12402a); }
.et-heat-3 { background: light-dark(#a6d9bd, #185538); }
.et-heat-4 { background: light-dark(#84caa4, #1f6b47); }
.et-cold-1 { background: light-dark(#fbeee1, #33200a); }
.et-cold-2 { background: light-dark(#f6d9bd, #4a2e10); }
.et-cold-3 { background: light-dark(#efc196, #643d15); }
.et-cold-4 { background: light-dark(#e7a86d, #7f4d1a); }
"""


def install_backtest_style() -> None:
    """Put the style of the page's own elements into the page."""
    st.html(f"<style>{STYLE}</style>")


def section_title(text: str) -> Html:
    """Draw the title of a part of the page."""
    return tag("h2", text, css="et-section")


def run_table(rows: Sequence[RunRow]) -> Html:
    """Draw the list of runs."""
    return table_markup(RUNS, rows, caption="Runs")


def line_table(lines: Sequence[Line], headings: Sequence[str], *, caption: str) -> Html:
    """Draw named values; the first heading is that of the names."""
    names: Column[Line] = Column(headings[0], lambda line: line.name, is_wide=True)
    values = tuple(_value(place, title) for place, title in enumerate(headings[1:]))
    return table_markup((names, *values), lines, caption=caption)


def metric_table(rows: Sequence[MetricRow], runs: Sequence[str]) -> Html:
    """Draw every figure, one column per run, with its meaning."""
    columns: tuple[Column[MetricRow], ...] = (
        Column("Figure", lambda row: row.name, is_wide=True),
        *(_figure(place, title) for place, title in enumerate(runs)),
        Column("What it is", lambda row: row.meaning, is_wide=True),
    )
    return table_markup(columns, rows, caption="Figures")


def month_table(rows: Sequence[YearRow]) -> Html:
    """Draw returns by month; colour only repeats the sign and the size of the number."""
    head = tag("tr", *(tag("th", name, scope="col") for name in ("Year", *MONTHS, "Year in all")))
    body = joined(
        tag(
            "tr",
            tag("th", cell_markup(row.year), scope="row"),
            *map(_heat, row.months),
            _heat(row.total),
        )
        for row in rows
    )
    caption = tag("caption", "Returns by month", css="et-hidden")
    table = tag("table", caption, tag("thead", head), tag("tbody", body))
    return tag("div", table, css="et-months", tabindex="0", role="region", aria_label="Months")


def _heat(cell: HeatCell) -> Html:
    kind = "cold" if cell.level < 0 else "heat"
    return tag("td", cell.text, css=f"et-{kind}-{abs(cell.level)}")


def _value(place: int, title: str) -> Column[Line]:
    is_word = title in WORDS
    return Column(title, lambda line: line.values[place], is_number=not is_word, is_wide=is_word)


def _figure(place: int, title: str) -> Column[MetricRow]:
    return Column(title, lambda row: row.values[place], is_number=True)


WORDS = frozenset({"What was found", "From, to", "Timeframe"})
