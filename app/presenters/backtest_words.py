"""What a run comes to, in sentences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.presenters.cells import Cell, unknown
from app.presenters.numbers import money, percent, plain, signed_money, signed_percent

NOTHING = 0.005


@dataclass(frozen=True, slots=True)
class Line:
    """A named value with others beside it."""

    name: Cell
    values: tuple[Cell, ...]


def impact_sentence(
    metrics: Mapping[str, float], without: Mapping[str, float], *, capital: float | None
) -> str:
    """Say what the breakers were worth in money."""
    ours, theirs = metrics.get("final_equity"), without.get("final_equity")
    if ours is None or theirs is None:
        return "What the breakers were worth is not known: one of the two runs has no final equity."
    difference = ours - theirs
    share = f" ({percent(abs(difference) / capital)} of the capital)" if capital else ""
    amount = f"{money(abs(difference))}{share}"
    if abs(difference) < NOTHING:
        start = "The breakers made no difference to the final equity"
    elif difference > 0.0:
        start = f"The breakers saved {amount}"
    else:
        start = f"The breakers cost {amount}"
    return f"{start}. {_drawdowns(metrics, without)}"


def _drawdowns(metrics: Mapping[str, float], without: Mapping[str, float]) -> str:
    deep, deeper = metrics.get("max_drawdown"), without.get("max_drawdown")
    if deep is None or deeper is None:
        return ""
    return f"Deepest drawdown {percent(deep)} with them, {percent(deeper)} without."


def bounds_lines(bounds: object) -> tuple[Line, ...]:
    """Show both readings of bars that touch two levels."""
    if not isinstance(bounds, Mapping):
        return ()
    lines = []
    for name, title in (
        ("pessimistic", "Pessimistic: the adverse level first"),
        ("optimistic", "Optimistic: the favourable level first"),
    ):
        figures = bounds.get(name)
        if isinstance(figures, Mapping):
            lines.append(
                Line(
                    Cell(title),
                    (
                        _cell(figures.get("final_equity"), money),
                        _cell(figures.get("total_return"), signed_percent),
                        _cell(figures.get("max_drawdown"), percent),
                    ),
                )
            )
    return tuple(lines)


def adverse_sentence(bounds: object) -> str:
    """Say how deep the drawdown was inside bars."""
    value = bounds.get("adverse_max_drawdown") if isinstance(bounds, Mapping) else None
    if not isinstance(value, int | float):
        return ""
    return (
        f"With every bar at its worst price for what was held, the deepest drawdown is "
        f"{percent(value)}."
    )


def quality_lines(quality: object) -> tuple[Line, ...]:
    """Show what the check of the bars found, by symbol."""
    if not isinstance(quality, Mapping):
        return ()
    return tuple(
        _quality(str(symbol), found)
        for symbol, found in quality.items()
        if isinstance(found, Mapping)
    )


def _quality(symbol: str, found: Mapping[str, Any]) -> Line:
    told = [str(each) for name in ("problems", "notes") for each in found.get(name) or ()]
    return Line(
        Cell(symbol),
        (
            Cell(str(found.get("timeframe") or "unknown")),
            _cell(found.get("rows"), lambda value: plain(value, 0)),
            Cell(f"{_day(found.get('first'))} to {_day(found.get('last'))}"),
            Cell(". ".join(told) or "Nothing found."),
        ),
    )


def cost_lines(costs: Mapping[str, Any]) -> tuple[Line, ...]:
    """Show what the run paid."""
    return (
        Line(Cell("Fees"), (_cell(costs.get("fees"), lambda v: signed_money(-v)),)),
        Line(
            Cell("Funding", "received above 0"),
            (_cell(costs.get("funding"), signed_money),),
        ),
        Line(
            Cell("Slippage", "as set, in the prices already"),
            (_cell(costs.get("slippage"), lambda v: signed_money(-v)),),
        ),
        Line(Cell("Traded notional"), (_cell(costs.get("traded"), money),)),
    )


def regime_lines(rows: tuple[Mapping[str, Any], ...]) -> tuple[Line, ...]:
    """Show how the run did in each state of the market."""
    return tuple(
        Line(
            Cell(str(row.get("regime", "")).capitalize()),
            (
                _cell(row.get("share"), lambda v: percent(v, digits=1)),
                _cell(row.get("return"), signed_percent),
                _cell(row.get("trades"), lambda v: plain(v, 0)),
                _cell(row.get("win_rate"), lambda v: percent(v, digits=0)),
                _cell(row.get("pnl"), signed_money),
            ),
        )
        for row in rows
    )


def check_sentence(check: Mapping[str, Any]) -> str:
    """Say what the other engine made of the same signals."""
    if not check.get("applies"):
        return f"The check does not apply: {check.get('reason')}."
    ours, theirs = float(check["ours"]), float(check["theirs"])
    apart = abs(ours - theirs)
    relative = apart / abs(theirs) if theirs else apart
    verdict = "They agree" if relative <= 1e-9 else "They differ"
    return (
        f"{verdict}: final equity here {money(ours)}, in vectorbt {money(theirs)}, "
        f"difference {apart:.3g} USD ({relative:.2g} of it)."
    )


def _cell(value: object, write: Callable[[float], str]) -> Cell:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return unknown("there is nothing to measure")
    return Cell(write(float(value)))


def _day(value: object) -> str:
    return str(value)[:10] if value else "unknown"
