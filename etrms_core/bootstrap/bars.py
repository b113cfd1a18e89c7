"""The bar store of a home folder."""

from pathlib import Path

from etrms_core.adapters.market_data.bar_store import ParquetBarStore
from etrms_core.backtest.ports import BarStore


def open_bar_store(home: Path) -> BarStore:
    """Open the store; its folder is made when the first bars come in."""
    return ParquetBarStore(home / "bars")
