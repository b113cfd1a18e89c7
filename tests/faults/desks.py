"""A venue that a test sees from inside, and desks in processes of their own that it can kill."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.remote_server import serve_paper_exchange
from etrms_core.domain.identifiers import desk_of
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Fill, OrderRequest, OrderSide, OrderType
from tests.doubles.faulty_wire import FaultyWire, Plan, no_faults
from tests.doubles.nursery import DESK_ID, Birth, prepare_home
from tests.fakes import ScriptedMarket

ROOT = Path(__file__).parents[2]
SYMBOLS = {"BTCUSDT": 100.0, "ETHUSDT": 50.0}
HALVE = {
    "name": "halve",
    "metric": "drawdown",
    "threshold": 0.05,
    "cooldown_seconds": 86_400,
    "actions": [{"kind": "reduce_position", "fraction": 0.5}],
}


class Nursery:
    """Births desks, one batch at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.doubles.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def run(self, *births: Birth, kill_after: float | None = None) -> list[int]:
        """Let desks live and return their exit codes; -9 is a killed one."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([asdict(birth) for birth in births]) + "\n")
        self._process.stdin.flush()
        children = json.loads(self._line())
        if kill_after is not None:
            time.sleep(kill_after)
            for child in children:
                with suppress(ProcessLookupError):  # it was done already
                    os.kill(child, signal.SIGKILL)
        codes: list[int] = json.loads(self._line())
        return codes

    def close(self) -> None:
        """End the nursery; every child has ended before."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@dataclass(slots=True)
class Stage:
    """A venue with two long positions of 1 unit, a wire to it and a desk's home."""

    exchange: PaperExchange
    market: ScriptedMarket
    wire: FaultyWire
    home: Path

    def crash(self, fraction: float = 0.3) -> None:
        """Let every mark fall, so that the drawdown rule fires."""
        marks = {symbol: mark * (1.0 - fraction) for symbol, mark in SYMBOLS.items()}
        self.market.move(datetime.now(UTC) - timedelta(milliseconds=1), **marks)

    def birth(self, **options: Any) -> Birth:  # noqa: ANN401 (any field)
        """Describe a desk on this stage."""
        return Birth(home=str(self.home), port=self.wire.address[1], **options)

    def held(self) -> dict[str, float]:
        """Return what the venue holds now."""
        return {p.symbol: p.quantity for p in self.exchange.fetch_account().positions}

    def our_fills(self) -> list[Fill]:
        """Return the fills of the desk, whatever it was that sent them."""
        fills = self.exchange.fetch_account().fills
        return [fill for fill in fills if desk_of(fill.client_order_id) == DESK_ID]


@contextmanager
def stage(
    home: Path, plan: Plan = no_faults, rules: tuple[dict[str, Any], ...] = (HALVE,)
) -> Iterator[Stage]:
    """Open a venue before a crash that has not happened yet."""
    start = datetime.now(UTC) - timedelta(seconds=1)
    contracts = [Instrument(symbol, lot_size=0.001) for symbol in SYMBOLS]
    market = ScriptedMarket(start, SYMBOLS, instruments=contracts)
    exchange = PaperExchange("main", market=market, clock=lambda: datetime.now(UTC), capital=200.0)
    for number, symbol in enumerate(SYMBOLS):
        exchange.create_order(
            OrderRequest(
                client_order_id=f"person-{number}",
                account="main",
                symbol=symbol,
                side=OrderSide.BUY,
                order_type=OrderType.MARKET,
                quantity=1.0,
            )
        )
    home.mkdir(exist_ok=True)
    prepare_home(home, list(rules))
    server = serve_paper_exchange(exchange, ("127.0.0.1", 0))
    try:
        with FaultyWire(server.address, plan) as wire:  # type: ignore[arg-type]
            yield Stage(exchange, market, wire, home)
    finally:
        server.stop()
