"""The page Data: what is stored, a check, longer bars, a removal and its undo."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.background_job import BackgroundJob
from app.components import series_import, stored_series
from etrms_core.backtest.ports import SeriesName
from etrms_core.bootstrap.bars import open_bar_store
from tests.app.owned_desk import desk_of_owner
from tests.backtest.bar_frames import sound_bars

ROOT = Path(__file__).parents[2]
SHELL, PAGE = ROOT / "app" / "shell.py", ROOT / "pages" / "data.py"
SERIES = SeriesName("binance_usdm", "BTCUSDT", "1h")
JOBS: tuple[BackgroundJob[Any], ...] = (
    stored_series.LIST,
    stored_series.CHECK,
    stored_series.CHANGE,
    series_import.LOOK,
    series_import.STORE,
)


def settled() -> None:
    ends = monotonic() + 60.0
    while any(job.state is not None and job.state.is_running for job in JOBS):
        assert monotonic() < ends
        sleep(0.05)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ETRMS_HOME", str(tmp_path))
    for job in JOBS:
        job.forget()
    with desk_of_owner():
        yield tmp_path
    settled()
    for job in JOBS:
        job.forget()


def show() -> AppTest:
    shown = AppTest.from_file(str(SHELL), default_timeout=60).run()
    shown.switch_page(str(PAGE)).run()
    settled()
    shown.run()
    assert not shown.exception
    return shown


def texts(shown: AppTest) -> str:
    return "\n".join(str(each.value) for each in (*shown.markdown, *shown.info, *shown.success))


@pytest.mark.usefixtures("home")
def test_an_empty_store_says_what_comes_next() -> None:
    shown = show()
    assert "No bars are stored yet" in texts(shown)
    assert not shown.error


def test_what_is_stored_is_listed_checked_and_made_longer(home: Path) -> None:
    open_bar_store(home).put(sound_bars(48).drop(sound_bars(48).index[7]), SERIES)
    shown = show()
    assert shown.dataframe[0].value["Rows"].to_list() == [47]
    shown.button(key="check_series").click().run()
    settled()
    shown.run()
    assert "47 bars 1h" in shown.warning[0].value
    assert shown.dataframe[1].value["Missing bars"].to_list() == [1]


def test_a_removal_can_be_undone(home: Path) -> None:
    store = open_bar_store(home)
    store.put(sound_bars(48), SERIES)
    store.remove(SERIES)
    row = stored_series.StoredRow(
        *("binance_usdm", "BTCUSDT", "1h", "trade", 48), *sound_bars(48).index[[0, -1]], "00"
    )
    assert stored_series._undone(row) == "binance_usdm BTCUSDT 1h is back."
    assert show().dataframe[0].value["Rows"].to_list() == [48]


@pytest.mark.usefixtures("home")
def test_a_list_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "bars" / "binance_usdm" / "BTCUSDT"
    folder.mkdir(parents=True)
    (folder / "1h.parquet").write_bytes(b"no parquet")
    shown = show()
    assert "The list cannot be read" in shown.error[0].value
