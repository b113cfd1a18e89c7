"""The figures of a run, with their units and what they mean."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.presenters.cells import Cell, Tone, tone_of, unknown
from app.presenters.numbers import (
    known,
    money,
    percent,
    plain,
    signed,
    signed_money,
    signed_percent,
)
from app.presenters.position_cards import Fact


class Form(StrEnum):
    """How a figure is written."""

    MONEY = "money"
    RESULT = "result"
    SHARE = "share"
    RETURN = "return"
    RATIO = "ratio"
    SIGNED_RATIO = "signed_ratio"
    COUNT = "count"
    BARS = "bars"
    TIMES = "times"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name in result.json, its name on the page, its unit, its meaning."""

    name: str
    label: str
    form: Form
    meaning: str
    if_unknown: str = "it cannot be computed from this run"


NO_TRADE = "there is no closed trade"
NO_LOSS = "there is no losing trade"
FIGURES = (
    Figure("final_equity", "Final equity", Form.MONEY, "Equity at the last close."),
    Figure("total_return", "Total return", Form.RETURN, "From the initial capital to the end."),
    Figure("annual_return", "Annual return", Form.RETURN, "Compounded over 365 days."),
    Figure("annual_volatility", "Annual volatility", Form.SHARE, "Of the returns of bars."),
    Figure(
        "sharpe",
        "Sharpe ratio",
        Form.SIGNED_RATIO,
        "Mean return over its standard deviation, a year; no interest is deducted.",
    ),
    Figure(
        "sortino",
        "Sortino ratio",
        Form.SIGNED_RATIO,
        "Mean return over the deviation of losses, a year.",
    ),
    Figure(
        "calmar",
        "Calmar ratio",
        Form.SIGNED_RATIO,
        "Annual return over the deepest drawdown.",
        "there is no drawdown",
    ),
    Figure("omega", "Omega ratio", Form.RATIO, "Sum of gains over sum of losses, by bars."),
    Figure("max_drawdown", "Deepest drawdown", Form.SHARE, "Largest loss from a peak, at closes."),
    Figure(
        "max_drawdown_bars",
        "Longest time under water",
        Form.BARS,
        "From a peak until it is regained.",
    ),
    Figure(
        "recovery_bars",
        "Recovery",
        Form.BARS,
        "From the deepest point back to the peak.",
        "the peak was not regained",
    ),
    Figure("ulcer_index", "Ulcer index", Form.SHARE, "Root mean square of the drawdown."),
    Figure(
        "value_at_risk", "Value at risk 95 %", Form.SHARE, "Loss of a bar that 5 % of bars exceed."
    ),
    Figure(
        "expected_shortfall",
        "Expected shortfall 95 %",
        Form.SHARE,
        "Mean loss of the worst 5 % of bars.",
    ),
    Figure("trades", "Trades", Form.COUNT, "Open ones at the end included."),
    Figure(
        "win_rate",
        "Winning trades",
        Form.SHARE,
        "Share of closed trades that earned after costs.",
        NO_TRADE,
    ),
    Figure(
        "profit_factor", "Profit factor", Form.RATIO, "Gains over losses of closed trades.", NO_LOSS
    ),
    Figure(
        "average_win", "Average gain", Form.MONEY, "Of winning trades.", "there is no winning trade"
    ),
    Figure("average_loss", "Average loss", Form.MONEY, "Of losing trades.", NO_LOSS),
    Figure("risk_reward", "Gain over loss", Form.RATIO, "Average gain over average loss.", NO_LOSS),
    Figure("expectancy", "Expectancy", Form.RESULT, "Mean result of a closed trade.", NO_TRADE),
    Figure("exposure", "Time in the market", Form.SHARE, "Share of bars with a position."),
    Figure("turnover", "Turnover", Form.TIMES, "Traded notional over mean equity."),
    Figure("fees", "Fees", Form.MONEY, "Paid in total."),
    Figure("funding", "Funding", Form.RESULT, "Received above 0, paid below."),
    Figure("liquidations", "Liquidations", Form.COUNT, "Positions that the venue closed."),
    Figure("breaker_triggers", "Breaker triggers", Form.COUNT, "How often a breaker fired."),
)
WRITERS: Mapping[Form, Callable[[float], str]] = {
    Form.MONEY: money,
    Form.RESULT: signed_money,
    Form.SHARE: percent,
    Form.RETURN: signed_percent,
    Form.RATIO: lambda value: plain(value, 2),
    Form.SIGNED_RATIO: lambda value: signed(value, 2),
    Form.COUNT: lambda value: plain(value, 0),
    Form.BARS: lambda value: f"{plain(value, 0)} bars",
    Form.TIMES: lambda value: f"{plain(value, 2)}x",
}
BY_NAME = {figure.name: figure for figure in FIGURES}
HEADLINE = (
    "final_equity",
    "total_return",
    "annual_return",
    "max_drawdown",
    "sharpe",
    "trades",
    "win_rate",
)


def headline(metrics: Mapping[str, float]) -> tuple[Fact, ...]:
    """Show the figures that are looked at first."""
    return tuple(_fact(BY_NAME[name], metrics) for name in HEADLINE)


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One figure of several runs."""

    name: Cell
    values: tuple[Cell, ...]
    meaning: Cell


def metric_rows(runs: Sequence[Mapping[str, float]]) -> tuple[MetricRow, ...]:
    """Show every figure, for each run in its own column."""
    return tuple(
        MetricRow(
            Cell(figure.label),
            tuple(metric_cell(figure, run.get(figure.name)) for run in runs),
            Cell(figure.meaning),
        )
        for figure in FIGURES
    )


def metric_cell(figure: Figure, value: float | None) -> Cell:
    """Write one figure; what is not known is a dash with its reason."""
    value = known(value)
    if value is None:
        return unknown(figure.if_unknown)
    is_result = figure.form in {Form.RESULT, Form.RETURN}
    return Cell(WRITERS[figure.form](value), tone=tone_of(value) if is_result else Tone.PLAIN)


def _fact(figure: Figure, metrics: Mapping[str, float]) -> Fact:
    cell = metric_cell(figure, metrics.get(figure.name))
    return Fact(figure.label, cell if cell.help else _explained(cell, figure.meaning))


def _explained(cell: Cell, meaning: str) -> Cell:
    return Cell(cell.text, cell.note, cell.tone, meaning, cell.share)
