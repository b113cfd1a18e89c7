"""Restrictions, events and sources as tables."""

from zoneinfo import ZoneInfo

from app.components.desk_tables import (
    event_table,
    limit_table,
    restriction_table,
    venue_table,
)
from app.presenters.cells import Cell
from app.presenters.event_rows import EventRow
from app.presenters.restriction_rows import RestrictionRow
from app.presenters.venue_rows import VenueRow

TOKYO = ZoneInfo("Asia/Tokyo")


def test_events_name_the_zone_of_their_times() -> None:
    row = EventRow(Cell("14:00:00"), Cell("Position opened"), Cell("BTCUSDT"), Cell("0 -> 1"))
    drawn = event_table([row], zone=TOKYO)
    assert "Time (Asia/Tokyo)" in drawn
    assert "0 -&gt; 1" in drawn


def test_restrictions_and_venues_are_rows() -> None:
    cells = (Cell("a"), Cell("b"), Cell("c"), Cell("d"))
    assert restriction_table([RestrictionRow(*cells)]).count('role="rowheader"') == 1
    assert venue_table([VenueRow(*cells, *cells)]).count('role="rowheader"') == 1


def test_empty_tables_are_sentences() -> None:
    assert "Trading is not restricted." in restriction_table(())
    assert "Nothing has happened yet." in event_table((), zone=TOKYO)
    assert "No account is connected." in venue_table(())
    assert "nothing acts" in limit_table(())
