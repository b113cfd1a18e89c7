"""A desk that records what it decides on the paper exchange, and ways to tamper with it."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from etrms_core.adapters.storage import tables
from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.breakers.presets import preset
from etrms_core.domain.lease import Lease
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.risk_cycle import CycleResult
from etrms_core.engine.storage_ports import CycleRecord, DeskRequest, RequestKind
from etrms_core.services.cycle_records import CycleInputs, CycleRecorder
from etrms_core.services.risk_monitor import decide
from tests.builders import NOW
from tests.engine.desk import HALVE, make_rule
from tests.fakes import ManualClock

# Four positions of 1,000 USD stay below it, five do not.
GUARD = make_rule("gross_exposure", 4_500.0, HALVE, latched=True)
RULES = (GUARD, *preset("balanced"))
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
SIZE = 1_000.0


class RecordedRun:
    """Four positions, sixteen and one rules, one cycle after the other, some seconds apart."""

    def __init__(self, stores: DeskStores, *, seconds: float = 5.0) -> None:
        lease = stores.lease.take("test", seen=stores.lease.read())
        assert lease is not None
        self.stores, self.lease, self._seconds = stores, lease, seconds
        self.clock = ManualClock(NOW)
        market = SimulatedMarket(seed=7, start=NOW - timedelta(days=2))
        self.exchange = PaperExchange("paper", market=market, clock=self.clock, capital=10_000.0)
        self._trades = 0
        for symbol in SYMBOLS:
            self.trade(symbol, OrderSide.BUY)
        self.restart()
        self.results: list[CycleResult] = []

    def restart(self) -> None:
        """Go on from what is stored, as a new process would."""
        self.recorder = CycleRecorder()
        self.memory = self.stores.desk.load_memory()

    def run(self, cycles: int, *requests: DeskRequest) -> None:
        """Run cycles; the first one carries the requests out."""
        for number in range(cycles):
            self.clock.advance(seconds=self._seconds)
            self._cycle(requests if number == 0 else ())

    def play(self) -> None:
        """Go through a trigger, a latch, a reset, a restart and calm stretches: 320 cycles."""
        self.run(60)
        self.trade("BTCUSDT", OrderSide.BUY)
        self.run(60)
        self.run(40, self.reset())
        self.trade("BTCUSDT", OrderSide.SELL)
        self.run(80)
        self.restart()
        self.run(80)

    def reset(self) -> DeskRequest:
        """Ask for the reset of the guard."""
        return DeskRequest(RequestKind.RESET_BREAKER, GUARD.rule_id, self.clock.now)

    def trade(self, symbol: str, side: OrderSide) -> None:
        """Trade 1,000 USD of a symbol at the market."""
        lot = self.exchange.instruments()[symbol].lot_size
        lots = SIZE / self.exchange.quotes()[symbol].mark_price / lot
        self._trades += 1
        request = OrderRequest(
            client_order_id=f"et-ab12-test-{self._trades}",
            account="paper",
            symbol=symbol,
            side=side,
            order_type=OrderType.MARKET,
            quantity=max(1, round(lots)) * lot,
        )
        self.exchange.create_order(request)

    def _cycle(self, requests: tuple[DeskRequest, ...]) -> None:
        inputs = CycleInputs(
            as_of=self.clock.now,
            accounts=(self.exchange.fetch_account(),),
            rules=RULES,
            requests=requests,
            policy=RiskPolicy(),
        )
        result, events = decide(self.memory, inputs)
        record = CycleRecord(
            memory=result.memory,
            accounts=inputs.accounts,
            events=events,
            point=self.recorder.point(result.snapshot),
            recorded=self.recorder.recorded(self.memory, inputs, result),
        )
        self.stores.desk.save_cycle(record, lease=self.lease)
        self.memory = result.memory
        self.results.append(result)


def taken_lease(stores: DeskStores) -> Lease:
    """Take the lease of a fresh database."""
    lease = stores.lease.take("test", seen=stores.lease.read())
    assert lease is not None
    return lease


def execute(path: Path, statement: str, *values: object) -> None:
    """Change a database behind the desk's back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def payload_sizes(opened: OpenedStores) -> list[int]:
    """Bytes of each recorded cycle, in order."""
    query = select(tables.cycles.c.payload).order_by(tables.cycles.c.sequence)
    with opened.database.reading() as connection:
        return [len(payload) for payload in connection.scalars(query)]
