"""The committed samples are what their script makes, and sound."""

import runpy
from pathlib import Path

from etrms_core.adapters.market_data.bar_files import read_bars
from etrms_core.backtest.bar_quality import check_bars

SAMPLES = Path(__file__).parents[3] / "data" / "samples"
SAMPLE = "BTCUSDT_1h_sample.csv"


def test_the_script_makes_the_committed_bytes(tmp_path: Path) -> None:
    runpy.run_path(str(SAMPLES / "make_samples.py"))["main"](tmp_path)
    assert (tmp_path / SAMPLE).read_bytes() == (SAMPLES / SAMPLE).read_bytes()


def test_the_sample_has_no_flaw() -> None:
    quality = check_bars(read_bars(SAMPLES / SAMPLE))
    assert (quality.timeframe, quality.rows, quality.problems()) == ("1h", 200, [])
