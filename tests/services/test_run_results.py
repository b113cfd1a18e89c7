"""Folders of runs as the page reads them."""

from pathlib import Path

import pytest

from etrms_core.errors import DataError
from etrms_core.services.run_results import read_check, read_rows, read_run, run_folder, tables_of
from tests.run_folders import write_run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_run(run_folder(tmp_path, "abc-123"), with_breakers=True)
    return tmp_path


def test_a_run_is_read_with_the_one_without_breakers(home: Path) -> None:
    run = read_run(home, "abc-123")
    assert run.without is not None
    assert run.without.without is None
    assert run.metrics["final_equity"] - run.without.metrics["final_equity"] == 250.0
    assert "profit_factor" not in run.metrics
    assert run.bundle["strategy"]["name"] == "sma_cross"
    assert run.section("points")["time"]
    assert run.rows("triggers")


def test_what_a_report_lacks_is_empty(home: Path) -> None:
    (run_folder(home, "abc-123") / "report.json").unlink()
    run = read_run(home, "abc-123")
    assert run.section("points") == {}
    assert run.rows("months") == ()


@pytest.mark.parametrize("name", ["result.json", "bundle.toml"])
@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_run_is_one_kind_of_error(home: Path, name: str, content: bytes | None) -> None:
    path = run_folder(home, "abc-123") / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"of this run are gone|cannot be read"):
        read_run(home, "abc-123")


def test_rows_come_up_to_a_limit_and_say_whether_there_are_more(home: Path) -> None:
    path = run_folder(home, "abc-123") / "trades.csv"
    rows, has_more = read_rows(path, limit=3)
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert has_more
    assert not read_rows(path, limit=100)[1]
    with pytest.raises(DataError, match="missing"):
        read_rows(path.with_name("none.csv"), limit=1)


def test_only_tables_that_exist_are_named(home: Path) -> None:
    names = [path.name for path in tables_of(run_folder(home, "abc-123"))]
    assert names == ["trades.csv", "orders.csv", "equity.csv", "breaker_events.csv", "regimes.csv"]


def test_a_check_is_none_before_it_ran(home: Path) -> None:
    assert read_check(home, "abc-123") is None
    (run_folder(home, "abc-123") / "vectorbt_check.json").write_text('{"applies": false}')
    assert read_check(home, "abc-123") == {"applies": False}
