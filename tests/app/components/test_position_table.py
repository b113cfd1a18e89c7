"""The table of positions."""

from zoneinfo import ZoneInfo

from app.components.position_table import COLUMNS, position_table
from app.presenters.position_rows import position_rows
from tests.app.readings import run_cycles
from tests.builders import make_account, make_position


def test_every_position_is_a_row_with_all_columns() -> None:
    account = make_account(make_position("BTCUSDT"), make_position("ETHUSDT", -1.0))
    rows = position_rows(run_cycles([account]).snapshot, {}, zone=ZoneInfo("UTC"))
    drawn = position_table(rows, empty="")
    assert drawn.count('role="rowheader"') == 2
    assert drawn.count('role="columnheader"') == len(COLUMNS)
    assert ("BTCUSDT" in drawn, "ETHUSDT" in drawn) == (True, True)


def test_without_positions_it_says_what_comes_next() -> None:
    assert position_table((), empty="Next <step>") == '<p class="et-empty">Next &lt;step&gt;</p>'
