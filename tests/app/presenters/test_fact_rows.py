"""Facts of the desk, sizes and retention."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.components.fact_table import fact_table
from app.presenters.fact_rows import (
    DeskFacts,
    Fact,
    desk_facts,
    retention_facts,
    size_text,
)
from etrms_core.bootstrap.storage_report import StorageReport
from etrms_core.services.supervisor import Role
from etrms_core.settings import RetentionSettings, Settings

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def facts(zone: str = "Europe/Berlin", **changes: object) -> dict[str, Fact]:
    told = {
        "desk_id": "ab12",
        "role": Role.STANDBY,
        "mode": "paper",
        "version": "0.1.0",
        "time_zone": "UTC",
        "delay": timedelta(0),
        "redirected": (),
    }
    report = StorageReport(
        home=Path("/somewhere"),
        database="postgresql+psycopg://ada:***@host/desk",
        free_bytes=3 << 30,
        files={},
    )
    rows = desk_facts(
        DeskFacts(**(told | changes)),  # type: ignore[arg-type]
        report,
        Settings(),
        zone=ZoneInfo(zone),
        now=NOW,
    )
    return {row.name.text: row for row in rows}


def test_the_desk_is_told_with_its_role_its_place_and_its_clock() -> None:
    told = facts()
    assert told["Role of this process"].value.text == "Standby"
    assert "another process acts" in told["Role of this process"].value.note
    assert told["Clock"].value.text == "2026-05-01 14:00:00 Europe/Berlin"
    assert told["Clock"].value.note == "12:00:00 UTC"
    assert facts("UTC")["Clock"].value.note == ""
    assert told["Database"].value.text == "postgresql+psycopg://ada:***@host/desk"
    assert told["Free on this disk"].value.text == "3.0 GiB"
    assert told["Wait of a loosening"].value.text == "none now"
    waits = facts(delay=timedelta(hours=1))
    assert waits["Wait of a loosening"].value.text == "1 h"


def test_redirected_venues_are_shown_by_the_name_of_what_redirects_them() -> None:
    assert facts()["Venue addresses"].value.text == "the venues' own"
    told = facts(redirected=("ETRMS_BINANCE_REST_URL",))["Venue addresses"].value.text
    assert told == "redirected by ETRMS_BINANCE_REST_URL"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1_023, "1,023 B"),
        (1_024, "1.0 KiB"),
        (160.9 * 1_024, "160.9 KiB"),
        (5 << 50, "5,120.0 TiB"),
        (None, "not told by the database"),
    ],
)
def test_sizes_are_written_in_the_largest_fitting_unit(size: float | None, text: str) -> None:
    assert size_text(size) == text


def test_retention_is_told_in_days() -> None:
    settings = Settings(retention=RetentionSettings(raw_days=0.5))
    told = {row.name.text: row.value.text for row in retention_facts(settings)}
    assert told["Readings as taken"] == "12 h"
    assert told["Events"] == "730 days"
    assert told["One reading an hour"] == "for ever"


def test_facts_are_drawn_escaped() -> None:
    hostile = facts(version="<script>x</script>")["Version"]
    drawn = fact_table([hostile], caption="This desk")
    assert "&lt;script&gt;" in drawn
    assert "<script>" not in drawn
