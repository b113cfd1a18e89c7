"""From the beginning of a cycle that decides to its order at a paper exchange behind a socket."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.report import Line
from etrms_core.adapters.exchanges.paper import PaperExchange
from etrms_core.adapters.exchanges.paper.remote import RemotePaperExchange, serve_paper_exchange
from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from etrms_core.adapters.passwords import BcryptHasher
from etrms_core.adapters.storage.emergency_journal import EmergencyJournalFile
from etrms_core.adapters.storage.stores import open_stores
from etrms_core.bootstrap.machine_clock import utc_now
from etrms_core.bootstrap.notifications import open_notifications
from etrms_core.bootstrap.paper import MARKET_EPOCH
from etrms_core.breakers.rule_document import parse_rules
from etrms_core.domain.order import Order, OrderRequest, OrderSide, OrderType
from etrms_core.domain.policy import RiskPolicy
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.desk import Desk
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.desk_parts import DeskParts
from etrms_core.services.limits import LimitsDesk
from etrms_core.services.owner import OwnerDesk
from etrms_core.services.tenure import Tenure
from etrms_core.settings import LimitsSettings

DECISIONS = 200


class _Taken(PaperExchange):
    """Notes when an order arrives."""

    arrived_at = 0.0

    def create_order(self, request: OrderRequest, **options: object) -> Order:
        self.arrived_at = time.perf_counter()
        return super().create_order(request, **options)  # type: ignore[arg-type]


def measure() -> Iterator[Line]:
    """Fire one rule after the other by hand, everything stored in SQLite on the way."""
    market = SimulatedMarket(seed=7, start=MARKET_EPOCH, symbols=["BTCUSDT"])
    venue = _Taken("main", market=market, clock=utc_now, capital=1e6)
    venue.create_order(
        OrderRequest(
            client_order_id="person-1",
            account="main",
            symbol="BTCUSDT",
            side=OrderSide.BUY,
            order_type=OrderType.MARKET,
            quantity=5.0,
        )
    )
    server = serve_paper_exchange(venue, ("127.0.0.1", 0))
    with tempfile.TemporaryDirectory() as folder:
        desk = _desk(Path(folder), RemotePaperExchange(server.address, account="main"))
        seconds = _fire_all(desk, venue)
        desk.close()
    server.stop()
    yield Line(
        "cycle_start_to_order_on_the_wire_p99",
        float(np.quantile(seconds, 0.99)),
        f"median {np.median(seconds) * 1e3:.1f} ms, {seconds.size} decisions; reading the venue, "
        "deciding and two commits included",
        target_s=0.1,
    )


def _fire_all(desk: Desk, venue: _Taken) -> np.ndarray:
    desk.refresh()
    seconds = np.empty(DECISIONS)
    for number, rule in enumerate(desk.breakers.all()):
        desk.breakers.trigger(rule.rule_id)
        started = time.perf_counter()
        desk.refresh()
        seconds[number] = venue.arrived_at - started
    return seconds


def _desk(home: Path, exchange: RemotePaperExchange) -> Desk:
    opened = open_stores(home / "etrms.db")
    stores = opened.stores
    stores.desk.save_rules(parse_rules([_rule(number) for number in range(DECISIONS)]))
    alarms = AlarmBoard(utc_now)
    log = DeskLog(stores, EmergencyJournalFile(home / "emergency.journal"), alarms, clock=utc_now)
    parts = DeskParts(
        stores=stores,
        log=log,
        tenure=Tenure(stores.lease, opened.lock, holder=str(os.getpid()), monotonic=time.monotonic),
        alarms=alarms,
        limits=LimitsDesk(stores.limits, stores.desk, outer=LimitsSettings(), clock=utc_now),
        owner=OwnerDesk(stores.owner, stores.desk, hasher=BcryptHasher(), clock=utc_now),
        notifications=open_notifications(
            stores,
            append_events=log.append_events,
            clock=utc_now,
            zone=lambda: ZoneInfo("UTC"),
            is_active=lambda: True,
        ),
        open_exchanges=lambda: {"main": exchange},
        clock=utc_now,
        policy=RiskPolicy(),
        desk_id="benc",
    )
    desk = Desk(parts)
    desk.when_closed(opened.close)
    return desk


def _rule(number: int) -> dict[str, object]:
    return {
        "name": f"rule {number}",
        "metric": "drawdown",
        "threshold": 0.9,
        "actions": [{"kind": "reduce_position", "fraction": 0.01}],
    }
