"""The built-in exchange of a home folder."""

from datetime import UTC, datetime
from pathlib import Path

from etrms_core.adapters.exchanges.paper import PaperExchange
from etrms_core.adapters.exchanges.paper.market_source import MarketSource
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from etrms_core.adapters.exchanges.paper.sql_store import SqlPaperStore
from etrms_core.engine.ports import Clock
from etrms_core.settings import PaperSettings

PAPER_ACCOUNT = "paper"
# The simulated market begins here for every desk: its prices depend on seed and time alone.
MARKET_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def open_paper_exchange(folder: Path, settings: PaperSettings, clock: Clock) -> PaperExchange:
    """Open the paper account of a home folder as it was stored last, creating it when absent."""
    market, begins_at = _market(folder, settings)
    now = clock()
    return PaperExchange(
        PAPER_ACCOUNT,
        market=market,
        clock=clock,
        pace=MarketPace(now, begins_at or now, settings.speed),
        capital=settings.capital,
        store=SqlPaperStore(folder / "paper.db"),
    )


def _market(folder: Path, settings: PaperSettings) -> tuple[MarketSource, datetime | None]:
    """Choose the source of prices, and the market time at which an account begins (None: now)."""
    if settings.source == "replay":
        # Its tables need pandas, whose import would cost every other desk a second at the start.
        from etrms_core.bootstrap.bars import open_replay_market  # noqa: PLC0415

        replayed = open_replay_market(folder, settings)
        return replayed, replayed.first_time
    symbols = settings.symbols or None
    return SimulatedMarket(seed=settings.seed, start=MARKET_EPOCH, symbols=symbols), None
