"""Thinning readings for a chart."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine

from etrms_core.adapters.storage.engine import Database, insert_new, open_database
from etrms_core.adapters.storage.history_rows import (
    account_equity_rows,
    history_row,
    thin_history,
    thinned_account_history,
    thinned_history,
)
from etrms_core.adapters.storage.migration import DESK_SCHEMA, upgrade_to_head
from etrms_core.adapters.storage.tables import account_history, history
from etrms_core.engine.audit_ports import Retention
from etrms_core.engine.storage_ports import AccountEquity, HistoryPoint
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


def test_accounts_come_back_each_on_its_own_and_thinned_alike(database: Database) -> None:
    with database.writing() as connection:
        for second in range(4_001):
            at = NOW + timedelta(seconds=second)
            accounts = (AccountEquity("main", float(second)), AccountEquity("other", None))
            point = HistoryPoint(at, 0.0, None, None, None, accounts=accounts)
            insert_new(connection, account_history, account_equity_rows(point))
        shown = thinned_account_history(connection, "main", since=NOW)
        some = thinned_account_history(connection, "other", since=NOW + timedelta(seconds=3_999))
    assert len(shown) <= 2_000
    assert (shown[-2].equity, shown[-1].equity) == (3_998.0, 4_000.0)
    assert [each.equity for each in some] == [None, None]


def test_an_account_keeps_its_last_reading_of_a_stretch_whatever_others_have(
    database: Database,
) -> None:
    begin = NOW.replace(minute=0, second=0, microsecond=0)
    readings = [(0, "main"), (10, "other"), (20, "main"), (70, "main"), (80, "other")]
    with database.writing() as connection:
        for second, account in readings:
            point = HistoryPoint(
                begin + timedelta(seconds=second),
                None,
                None,
                None,
                None,
                accounts=(AccountEquity(account, float(second)),),
            )
            insert_new(connection, account_history, account_equity_rows(point))
        retention = Retention(raw_days=1.0, minute_days=30.0)
        assert thin_history(connection, retention, now=begin + timedelta(days=2)) == 1
        kept = {
            name: [each.equity for each in thinned_account_history(connection, name, since=begin)]
            for name in ("main", "other")
        }
    assert kept == {"main": [20.0, 70.0], "other": [10.0, 80.0]}


def test_nan_is_no_equity_of_an_account() -> None:
    point = HistoryPoint(NOW, 1.0, 1.0, 0.0, 0.0, accounts=(AccountEquity("main", nan),))
    with pytest.raises(StorageError, match="equity of main is NaN"):
        account_equity_rows(point)


FIGURES = ("equity", "nav", "drawdown", "gross_exposure", "gross_leverage", "margin_ratio")


def test_every_figure_comes_back(database: Database) -> None:
    point = HistoryPoint(NOW, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    with database.writing() as connection:
        insert_new(connection, history, [history_row(point)])
        assert thinned_history(connection, since=NOW) == (point,)


@pytest.mark.parametrize("name", FIGURES)
def test_nan_is_no_reading(name: str) -> None:
    values: dict[str, Any] = {**dict.fromkeys(FIGURES, 1.0), name: nan}
    with pytest.raises(StorageError, match=f"{name} is NaN"):
        history_row(HistoryPoint(NOW, **values))


@given(st.lists(st.integers(0, 12_000), unique=True, max_size=40), st.integers(0, 20_000))
def test_thinning_keeps_the_last_reading_of_each_whole_stretch_and_all_young_ones(
    seconds: list[int], now_seconds: int
) -> None:
    retention = Retention(raw_days=1_200 / 86_400, minute_days=6_000 / 86_400)
    begin = NOW.replace(minute=0, second=0, microsecond=0)

    def stretch(second: int) -> tuple[str, int]:
        if second < (now_seconds - 6_000) // 3_600 * 3_600:
            return ("hour", second // 3_600)
        if second < (now_seconds - 1_200) // 60 * 60:
            return ("minute", second // 60)
        return ("reading", second)

    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        history.create(connection)
        account_history.create(connection)
        points = [HistoryPoint(begin + timedelta(seconds=at), at, 1.0, 0.0, 0.0) for at in seconds]
        insert_new(connection, history, [history_row(point) for point in points])
        removed = thin_history(connection, retention, now=begin + timedelta(seconds=now_seconds))
        kept = [int(point.equity or 0) for point in thinned_history(connection, since=begin)]
    engine.dispose()
    assert kept == sorted({stretch(second): second for second in sorted(seconds)}.values())
    assert removed == len(seconds) - len(kept)
