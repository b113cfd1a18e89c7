"""The bar store and the market of stored bars in a home folder."""

from pathlib import Path

import pytest

from etrms_core.backtest.ports import SeriesName
from etrms_core.bootstrap.bars import open_bar_store, open_replay_market
from etrms_core.errors import ConfigurationError, DataError
from etrms_core.settings import PaperSettings
from tests.services.replays import FALLING, frame_of


def test_opening_the_store_writes_nothing(tmp_path: Path) -> None:
    assert open_bar_store(tmp_path).list() == ()
    assert list(tmp_path.iterdir()) == []


def test_bars_lie_below_the_home_folder(tmp_path: Path) -> None:
    source = tmp_path / "bars.csv"
    frame_of(FALLING).reset_index().to_csv(source, index=False)
    home = tmp_path / "home"
    store = open_bar_store(home)
    store.import_file(source, SeriesName("binance", "BTCUSDT", "1h"))
    assert [each.rows for each in open_bar_store(home).list()] == [4]
    assert [path.name for path in home.iterdir()] == ["bars"]
    paper = PaperSettings(
        source="replay", replay_venue="binance", replay_timeframe="1h", symbols=("BTCUSDT",)
    )
    market = open_replay_market(home, paper)
    assert market.first_time == frame_of(FALLING).index[0]
    assert set(market.instruments) == {"BTCUSDT"}


def test_a_series_that_is_not_stored_or_not_named_is_refused(tmp_path: Path) -> None:
    nowhere = PaperSettings(
        source="replay", replay_venue="binance", replay_timeframe="1h", symbols=("XRPUSDT",)
    )
    with pytest.raises(DataError, match="XRPUSDT"):
        open_replay_market(tmp_path, nowhere)
    with pytest.raises(ConfigurationError):
        open_replay_market(tmp_path, nowhere.model_copy(update={"symbols": ()}))
