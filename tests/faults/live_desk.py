"""Real desks in the test process: their threads, SQLite in a folder, real time, any venues."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.passwords import BcryptHasher
from etrms_core.adapters.storage.emergency_journal import EmergencyJournalFile
from etrms_core.adapters.storage.stores import open_stores
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.settlement import Patience
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.desk import Desk
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.desk_parts import DeskParts
from etrms_core.services.limits import LimitsDesk
from etrms_core.services.owner import OwnerDesk
from etrms_core.services.tenure import Tenure
from etrms_core.settings import LimitsSettings
from tests.doubles.nursery import DESK_ID, prepare_home
from tests.fakes import ScriptedMarket
from tests.idle_notifications import idle_notifications

MARKS = {"BTCUSDT": 100.0, "ETHUSDT": 50.0}
LOOK_EVERY_SECONDS = 0.01
SHORT_PATIENCE = Patience(timedelta(seconds=1), timedelta(milliseconds=300))


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_venue(account: str, *, capital: float = 200.0) -> tuple[PaperExchange, ScriptedMarket]:
    """Open a venue whose marks stand until the test moves them."""
    contracts = [Instrument(symbol, lot_size=0.001) for symbol in MARKS]
    begin = utc_now() - timedelta(seconds=1)
    market = ScriptedMarket(begin, MARKS, instruments=contracts)
    return PaperExchange(account, market=market, clock=utc_now, capital=capital), market


def person(
    exchange: PaperExchange,
    number: int,
    side: OrderSide = OrderSide.BUY,
    **changes: Any,  # noqa: ANN401
) -> OrderRequest:
    """Send an order at the venue as a person does, by default a market order of 1 BTCUSDT."""
    described: dict[str, Any] = {
        "client_order_id": f"person-{number}",
        "account": exchange.account,
        "symbol": "BTCUSDT",
        "side": side,
        "order_type": OrderType.MARKET,
        "quantity": 1.0,
        **changes,
    }
    request = OrderRequest(**described)
    exchange.create_order(request)
    return request


def make_home(home: Path, rules: list[dict[str, Any]]) -> Path:
    """Make the folder and the database of a desk with these rules."""
    home.mkdir(exist_ok=True)
    prepare_home(home, rules)
    return home


@contextmanager
def live_desk(
    home: Path,
    exchanges: Mapping[str, Any],
    *,
    interval_seconds: float = 1.0,
    patience: Patience = SHORT_PATIENCE,
    wrap: Callable[[Any], Any] = lambda stores: stores,
) -> Iterator[Desk]:
    """Open the desk of a home folder over these venues, not started yet; `wrap` its stores."""
    with closing(open_stores(home / "etrms.db")) as opened:
        stores = wrap(opened.stores)
        alarms = AlarmBoard(utc_now, lambda event: log.append_events([event]))
        journal = EmergencyJournalFile(home / "emergency.journal")
        log = DeskLog(stores, journal, alarms, clock=utc_now)
        desk = Desk(
            DeskParts(
                stores=stores,
                log=log,
                tenure=Tenure(stores.lease, opened.lock, holder="test", monotonic=time.monotonic),
                alarms=alarms,
                limits=LimitsDesk(
                    stores.limits, stores.desk, outer=LimitsSettings(), clock=utc_now
                ),
                owner=OwnerDesk(stores.owner, stores.desk, hasher=BcryptHasher(), clock=utc_now),
                notifications=idle_notifications(stores, log.append_events, utc_now),
                open_exchanges=lambda: dict(exchanges),
                clock=utc_now,
                policy=RiskPolicy(equity_jump_fraction=1e9),
                desk_id=DESK_ID,
                interval_seconds=interval_seconds,
                patience=patience,
            )
        )
        try:
            yield desk
        finally:
            desk.close()


def wait_for(what: Callable[[], object], *, seconds: float) -> float:
    """Wait until something holds and return how many seconds that took."""
    began = time.monotonic()
    while not what():
        passed = time.monotonic() - began
        assert passed < seconds, f"waited {passed:.1f} s in vain"
        time.sleep(LOOK_EVERY_SECONDS)
    return time.monotonic() - began
