"""A backtest as a worker does it, with a run that the test invents."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from etrms_core.bootstrap.backtest_job import run_with_and_without
from etrms_core.bootstrap.run_extras import Frames, read_tables
from etrms_core.errors import DataError
from etrms_core.services.run_results import read_run
from tests.run_folders import BREAKER, BUNDLE, make_bars, write_run

Tell = Callable[[float, str], None]


class InventedRun:
    """Writes the folder of a run; remembers the breakers that it was asked to run with."""

    def __init__(self) -> None:
        self.breakers: list[int] = []

    def __call__(self, bundle: Mapping[str, Any], out: Path, home: Path, tell: Tell) -> Frames:
        assert not out.exists()
        self.breakers.append(len(bundle.get("breakers") or ()))
        tell(0.5, "Simulates")
        bars = make_bars()
        write_run(out, bars=bars, bundle=BUNDLE)
        (out / "report.json").unlink()
        return {"BTCUSDT": bars}


def do(home: Path, bundle: Mapping[str, Any], run: InventedRun | None = None) -> list[Any]:
    told: list[Any] = []
    run_with_and_without(
        run or InventedRun(),
        bundle,
        "abc-123",
        home=home,
        progress=lambda fraction, words: told.append((round(fraction, 3), words)),
    )
    return told


def test_a_run_with_breakers_is_made_twice_with_rising_progress(tmp_path: Path) -> None:
    run = InventedRun()
    told = do(tmp_path, {**BUNDLE, "breakers": [BREAKER]}, run)
    assert run.breakers == [1, 0]
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)
    assert (0.225, "Simulates") in told
    assert (0.675, "Simulates, without breakers") in told
    found = read_run(tmp_path, "abc-123")
    assert found.without is not None
    assert found.section("points")["time"]
    assert found.without.rows("regimes")


@pytest.mark.parametrize("rules", [[], [{**BREAKER, "enabled": False}]])
def test_a_run_without_breakers_is_made_once(tmp_path: Path, rules: list[Any]) -> None:
    run = InventedRun()
    do(tmp_path, {**BUNDLE, "breakers": rules}, run)
    assert len(run.breakers) == 1
    assert read_run(tmp_path, "abc-123").without is None


def test_what_an_earlier_attempt_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "runs" / ".abc-123.77.tmp"
    left.mkdir(parents=True)
    do(tmp_path, BUNDLE)
    do(tmp_path, BUNDLE)
    assert not left.exists()


def test_tables_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    do(tmp_path, BUNDLE)
    (tmp_path / "runs" / "abc-123" / "trades.csv").unlink()
    with pytest.raises(DataError, match=r"trades.csv cannot be read"):
        read_tables(tmp_path / "runs" / "abc-123")
