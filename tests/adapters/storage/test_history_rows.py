"""Thinning readings for a chart."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from math import inf, nan
from pathlib import Path

import pytest

from etrms_core.adapters.storage.engine import Database, insert_new, open_database
from etrms_core.adapters.storage.history_rows import history_row, thinned_history
from etrms_core.adapters.storage.migration import DESK_SCHEMA, upgrade_to_head
from etrms_core.adapters.storage.tables import history
from etrms_core.engine.storage_ports import HistoryPoint
from etrms_core.errors import StorageError
from tests.builders import NOW


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(open_database(tmp_path / "etrms.db")) as opened:
        upgrade_to_head(opened, DESK_SCHEMA)
        yield opened


def seconds_shown(database: Database, stored: Iterable[float], *, since: float) -> list[float]:
    """Store readings at these seconds and return the seconds of those that are shown."""
    points = [HistoryPoint(NOW + timedelta(seconds=at), at, None, None, None) for at in stored]
    with database.writing() as connection:
        insert_new(connection, history, [history_row(point) for point in points])
        shown = thinned_history(connection, since=NOW + timedelta(seconds=since))
    return [point.equity or 0.0 for point in shown]


def test_up_to_2000_readings_are_all_shown(database: Database) -> None:
    assert len(seconds_shown(database, range(2_000), since=0)) == 2_000


def test_a_stretch_shows_its_last_reading(database: Database) -> None:
    shown = seconds_shown(database, range(20_001), since=0)
    assert len(shown) == 2_000
    assert shown[0] == 10.0
    assert shown[-2:] == [19_990.0, 20_000.0]


def test_readings_before_the_asked_time_do_not_count(database: Database) -> None:
    shown = seconds_shown(database, range(3_000), since=1_500)
    assert shown == [float(second) for second in range(1_500, 3_000)]


def test_a_gap_stays_a_gap(database: Database) -> None:
    stored = [*range(2_000), *range(100_000, 102_000)]
    shown = seconds_shown(database, stored, since=0)
    assert shown[-1] == 101_999.0
    assert not [second for second in shown if 2_000 <= second < 100_000]


def test_a_reading_of_infinity_is_kept(database: Database) -> None:
    with database.writing() as connection:
        insert_new(connection, history, [history_row(HistoryPoint(NOW, None, inf, None, -inf))])
        (point,) = thinned_history(connection, since=NOW)
    assert (point.nav, point.gross_exposure, point.equity) == (inf, -inf, None)


@pytest.mark.parametrize("name", ["equity", "nav", "drawdown", "gross_exposure"])
def test_nan_is_no_reading(name: str) -> None:
    values = {"equity": 1.0, "nav": 1.0, "drawdown": 0.0, "gross_exposure": 0.0, name: nan}
    with pytest.raises(StorageError, match=f"{name} is NaN"):
        history_row(HistoryPoint(NOW, **values))
