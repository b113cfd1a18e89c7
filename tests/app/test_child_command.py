"""A command in a process of its own gives its document, or its sentence."""

from pathlib import Path

import pytest

from app.child_command import run_command
from app.presenters.series_rows import stored_rows
from etrms_core.errors import DataError

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "BTCUSDT_1h_sample.csv"
SERIES = ("--venue", "sample", "--symbol", "BTCUSDT")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ETRMS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_what_a_command_stores_is_told_as_a_document(home: Path) -> None:
    report = run_command(
        "data", "import", str(SAMPLE), *SERIES, "--timeframe", "1h", timeout_seconds=60.0
    )
    assert stored_rows([report["stored"]])[0].rows == 200
    assert (home / "bars" / "sample" / "BTCUSDT" / "1h.parquet").is_file()


def test_a_refusal_is_the_sentence_of_the_command() -> None:
    with pytest.raises(DataError, match=r"^no bars of sample BTCUSDT 1h are stored"):
        run_command(
            "data", "resample", *SERIES, "--timeframe", "1h", "--to", "4h", timeout_seconds=60.0
        )


def test_a_command_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(DataError, match="given up after 0 seconds"):
        run_command("data", "list", timeout_seconds=0.01)
