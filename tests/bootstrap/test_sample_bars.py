"""The sample that a newcomer runs on."""

from pathlib import Path

import pytest

from etrms_core.backtest.ports import SeriesName
from etrms_core.bootstrap import sample_bars
from etrms_core.bootstrap.bars import open_bar_store
from etrms_core.bootstrap.sample_bars import SAMPLE_DATA, asks_for_sample, has_sample, store_sample
from etrms_core.errors import DataError

NAME = SeriesName("sample", "BTCUSDT", "1h")


def test_the_sample_is_stored_once(tmp_path: Path) -> None:
    assert has_sample()
    for _ in range(2):
        store_sample(tmp_path)
    assert len(open_bar_store(tmp_path).load(NAME)) == 200


def test_a_program_without_its_sample_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_bars, "SAMPLE_FILE", tmp_path / "none.csv")
    with pytest.raises(DataError, match="sample bars are missing"):
        store_sample(tmp_path)


def test_only_the_sample_asks_for_it() -> None:
    assert asks_for_sample(SAMPLE_DATA)
    assert not asks_for_sample({"venue": "binance_usdm"})
    assert not asks_for_sample(None)
