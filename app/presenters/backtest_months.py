"""Returns by month, a row for each year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.presenters.cells import DASH, Cell, Tone
from app.presenters.numbers import signed_percent

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Returns of this size and beyond have the strongest colour.
STRONG = 0.10
LEVELS = 4
SIGNS = "+\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A return with the strength of its colour: 0 none, 1 to 4 a gain, -1 to -4 a loss."""

    text: str
    level: int


@dataclass(frozen=True, slots=True)
class YearRow:
    """Twelve months and their product."""

    year: Cell
    months: tuple[HeatCell, ...]
    total: HeatCell


def year_rows(months: Sequence[Mapping[str, Any]]) -> tuple[YearRow, ...]:
    """Lay months out by year; one without bars is empty."""
    found: dict[int, dict[int, float]] = {}
    for each in months:
        value = each.get("return")
        if isinstance(value, int | float):
            found.setdefault(int(each["year"]), {})[int(each["month"])] = float(value)
    return tuple(
        YearRow(
            Cell(str(year), tone=Tone.PLAIN),
            tuple(_cell(by_month.get(month)) for month in range(1, 13)),
            _cell(_product(by_month)),
        )
        for year, by_month in sorted(found.items())
    )


def _product(returns: Mapping[int, float]) -> float:
    total = 1.0
    for value in returns.values():
        total *= 1.0 + value
    return total - 1.0


def _cell(value: float | None) -> HeatCell:
    if value is None:
        return HeatCell(DASH, 0)
    text = signed_percent(value, digits=1)
    strength = min(LEVELS, 1 + int(abs(value) / STRONG * LEVELS)) if text[0] in SIGNS else 0
    return HeatCell(text, strength if value > 0.0 else -strength)
