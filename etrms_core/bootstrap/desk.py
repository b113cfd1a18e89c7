"""Opening and starting the desk of a home folder."""

import secrets
import string
from datetime import UTC, datetime
from pathlib import Path

from etrms_core.adapters.exchanges.paper import PaperExchange
from etrms_core.adapters.exchanges.paper.market_source import MarketSource
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from etrms_core.adapters.exchanges.paper.sql_store import SqlPaperStore
from etrms_core.adapters.storage.desk_store import SqlDeskStore
from etrms_core.bootstrap.home_lock import HomeLock
from etrms_core.breakers.presets import preset
from etrms_core.domain.policy import RiskPolicy
from etrms_core.errors import StorageError
from etrms_core.services.desk import Desk
from etrms_core.services.trading_bot import TradingBot
from etrms_core.settings import Settings, load_settings

PAPER_ACCOUNT = "paper"
# The simulated market begins here for every desk: its prices depend on seed and time alone.
MARKET_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
FIRST_PRESET = "balanced"
DESK_ID_ALPHABET = string.ascii_lowercase + string.digits


def utc_now() -> datetime:
    """Read the machine's clock."""
    return datetime.now(UTC)


def open_desk(home: Path | str) -> Desk:
    """Open the desk whose files lie in `home`, creating them when absent.

    A new desk gets a paper account and the balanced breakers. The monitor does not run before
    `start`.

    Parameters
    ----------
    home : path
        Folder of settings, databases, bars and exports (`ETRMS_HOME`).

    Raises
    ------
    ConfigurationError
        If a setting is wrong; it names the key.
    StorageError
        If the folder cannot be made or a database cannot be opened; it names the file.
    """
    folder = Path(home)
    settings = load_settings(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {error}") from error
    store = SqlDeskStore(folder / "etrms.db")
    if store.is_new:
        store.save_rules(preset(FIRST_PRESET))
    exchange = _paper_exchange(folder, settings)
    return Desk(
        {exchange.account: exchange},
        store=store,
        clock=utc_now,
        policy=RiskPolicy(
            time_zone=settings.owner.time_zone,
            stale_after_seconds=settings.monitor.stale_after_seconds,
            carry_seconds=settings.monitor.carry_seconds,
        ),
        desk_id=store.desk_id(_new_desk_id),
        interval_seconds=settings.monitor.interval_seconds,
    )


def start_desk(home: Path | str) -> Desk:
    """Open the desk and start its monitor, with the paper bot where the settings want it.

    Raises
    ------
    ConfigurationError
        If another process runs the desk of this folder; and everything that `open_desk` raises.
    """
    desk = open_desk(home)
    desk.when_closed(HomeLock(Path(home)).release)
    settings = load_settings(Path(home))
    if settings.paper.trading_bot:
        desk.start(bot=lambda opened: _bot(opened, settings))
    else:
        desk.start()
    return desk


def _paper_exchange(folder: Path, settings: Settings) -> PaperExchange:
    market, begins_at = _market(folder, settings)
    now = utc_now()
    return PaperExchange(
        PAPER_ACCOUNT,
        market=market,
        clock=utc_now,
        pace=MarketPace(now, begins_at or now, settings.paper.speed),
        capital=settings.paper.capital,
        store=SqlPaperStore(folder / "paper.db"),
    )


def _market(folder: Path, settings: Settings) -> tuple[MarketSource, datetime | None]:
    """Choose the source of prices, and the market time at which an account begins (None: now)."""
    paper = settings.paper
    if paper.source == "replay":
        # Its tables need pandas, whose import would cost every other desk a second at the start.
        from etrms_core.bootstrap.bars import open_replay_market  # noqa: PLC0415

        replayed = open_replay_market(folder, paper)
        return replayed, replayed.first_time
    symbols = paper.symbols or None
    return SimulatedMarket(seed=paper.seed, start=MARKET_EPOCH, symbols=symbols), None


def _bot(desk: Desk, settings: Settings) -> TradingBot:
    return TradingBot(
        desk.exchange(PAPER_ACCOUNT), desk.orders, clock=utc_now, seed=settings.paper.seed
    )


def _new_desk_id() -> str:
    return "".join(secrets.choice(DESK_ID_ALPHABET) for _ in range(4))
