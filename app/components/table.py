"""Tables of ready-made cells; on a narrow screen every row becomes a card."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.components.markup import Html, cell_markup, classes, joined, tag
from app.presenters.cells import Cell

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column's heading, and where its cell comes from."""

    title: str
    pick: Callable[[Row], Cell]
    is_number: bool = False
    is_wide: bool = False


def table_markup(
    columns: Sequence[Column[Row]],
    rows: Sequence[Row],
    *,
    caption: str,
    is_stale: Callable[[Row], bool] | None = None,
) -> Html:
    """Draw a table.

    Roles are written out, since a row drawn as a card would lose them. The first column names the
    row.
    """
    head = tag(
        "tr",
        *(
            tag("th", column.title, css=_css(column), role="columnheader", scope="col")
            for column in columns
        ),
        role="row",
    )
    body = joined(_row(columns, row, stale=is_stale is not None and is_stale(row)) for row in rows)
    table = tag(
        "table",
        tag("caption", caption, css="et-hidden"),
        tag("thead", head, role="rowgroup"),
        tag("tbody", body, role="rowgroup"),
        css="et-table",
        role="table",
    )
    return tag("div", table, css="et-fit")


def _row(columns: Sequence[Column[Row]], row: Row, *, stale: bool) -> Html:
    cells = []
    for place, column in enumerate(columns):
        label = tag("span", column.title, css="et-label", aria_hidden="true")
        content = tag("span", cell_markup(column.pick(row)), css="et-cell")
        name, role = ("th", "rowheader") if place == 0 else ("td", "cell")
        cells.append(tag(name, label, content, css=_css(column), role=role))
    return tag("tr", joined(cells), css="et-stale" if stale else "", role="row")


def _css(column: Column[Row]) -> str:
    return classes("et-number" if column.is_number else "", "et-wide" if column.is_wide else "")
