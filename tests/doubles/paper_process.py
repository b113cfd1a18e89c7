"""A paper exchange over a database file in a process of its own; it prints its port.

`python -m tests.doubles.paper_process DATABASE`
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.remote_server import serve_paper_exchange
from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from etrms_core.adapters.exchanges.paper.sql_store import SqlPaperStore

MARKET_START = datetime(2025, 10, 1, tzinfo=UTC)


def utc_now() -> datetime:
    return datetime.now(UTC)


def main(database: Path) -> None:
    """Serve the account `main` until the process is killed."""
    exchange = PaperExchange(
        "main",
        market=SimulatedMarket(seed=5, start=MARKET_START, symbols=["BTCUSDT"]),
        clock=utc_now,
        # An account that the database knows goes on at the pace that it began with.
        pace=MarketPace(utc_now(), MARKET_START + timedelta(hours=30)),
        store=SqlPaperStore(database),
    )
    server = serve_paper_exchange(exchange, ("127.0.0.1", 0))
    sys.stdout.write(f"{server.address[1]}\n")  # type: ignore[index]
    sys.stdout.flush()
    server.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
