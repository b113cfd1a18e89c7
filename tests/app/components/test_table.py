"""Tables for wide and narrow screens."""

from app.components.table import Column, table_markup
from app.presenters.cells import Cell

COLUMNS: tuple[Column[str], ...] = (
    Column("Name", lambda row: Cell(row)),
    Column("Length", lambda row: Cell(str(len(row))), is_number=True),
)


def test_the_first_column_names_the_row_for_a_screen_reader() -> None:
    drawn = table_markup(COLUMNS, ["abc"], caption="Words")
    assert '<caption class="et-hidden">Words</caption>' in drawn
    assert '<th role="rowheader">' in drawn
    assert '<td class="et-number" role="cell">' in drawn


def test_a_cell_carries_its_label_for_narrow_screens() -> None:
    drawn = table_markup(COLUMNS, ["abc"], caption="Words")
    assert '<span class="et-label" aria-hidden="true">Length</span>' in drawn


def test_stale_rows_are_marked() -> None:
    drawn = table_markup(COLUMNS, ["old", "new"], caption="W", is_stale=lambda row: row == "old")
    assert drawn.count("et-stale") == 1


def test_what_comes_from_a_venue_is_escaped() -> None:
    assert "<img" not in table_markup(COLUMNS, ["<img src=x>"], caption="Words")
