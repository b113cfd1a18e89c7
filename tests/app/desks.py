"""Desks for tests of the web layer: real monitor, invented venues, nothing on disk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep

from etrms_core.adapters.exchanges.paper.ledger import page_of
from etrms_core.breakers.presets import preset
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.ledger import LedgerEntry, LedgerPage
from etrms_core.domain.market_data import OrderBook, Quote
from etrms_core.domain.order import Order, OrderRequest
from etrms_core.domain.policy import RiskPolicy
from etrms_core.errors import ExchangeUnavailableError
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from tests.app.readings import position_with
from tests.builders import make_account
from tests.fakes import in_memory_stores
from tests.services.acting import make_parts
from tests.sign_in_fakes import OpenDoor

INSTRUMENTS = {
    "BTCUSDT": Instrument("BTCUSDT", tick_size=0.1, lot_size=0.001),
    "ETHUSDT": Instrument("ETHUSDT", tick_size=0.01, lot_size=0.001),
}
POLICY = RiskPolicy()


class InventedVenue:
    """`ExchangePort` that shows what the test says; None means that it does not answer."""

    venue = "paper"
    is_paper = True

    def __init__(self, show: Callable[[datetime], AccountState | None]) -> None:
        self._show = show
        self.account = "main"
        self.entries: tuple[LedgerEntry, ...] = ()

    def instruments(self) -> Mapping[str, Instrument]:
        return INSTRUMENTS

    def fetch_account(self) -> AccountState:
        shown = self._show(datetime.now(UTC))
        if shown is None:
            raise ExchangeUnavailableError("no answer within 10 s", venue=self.venue)
        return shown

    def ledger(self, *, since: datetime, limit: int = 1_000) -> LedgerPage:
        self.fetch_account()
        return page_of(self.entries, since=since, limit=limit)

    def quotes(self) -> Mapping[str, Quote]:
        raise NotImplementedError

    def order_book(self, symbol: str) -> OrderBook:
        raise NotImplementedError

    def create_order(self, request: OrderRequest, *, deadline: datetime | None = None) -> Order:
        raise NotImplementedError

    def fetch_order(self, client_order_id: str) -> Order | None:
        raise NotImplementedError

    def cancel_order(self, client_order_id: str) -> Order:
        raise NotImplementedError

    def set_leverage(self, symbol: str, leverage: float) -> None:
        raise NotImplementedError

    def set_margin_mode(self, symbol: str, mode: MarginMode) -> None:
        raise NotImplementedError


def busy_account(now: datetime) -> AccountState:
    """Show a long that wins and a short that loses, read right now."""
    opened = now - timedelta(hours=2, minutes=5)
    positions = (
        position_with(
            "BTCUSDT",
            0.1,
            entry_price=95_000.0,
            mark_price=96_000.0,
            funding_rate=0.0001,
            opened_at=opened,
        ),
        position_with(
            "ETHUSDT", -1.0, entry_price=3_300.0, mark_price=3_350.5, leverage=5.0, opened_at=opened
        ),
    )
    return replace(make_account(*positions, wallet=10_000.0), observed_at=now)


def empty_account(now: datetime) -> AccountState:
    """Show an account without positions, read right now."""
    return replace(make_account(wallet=10_000.0), observed_at=now)


def make_desk(
    show: Callable[[datetime], AccountState | None] = busy_account,
    *,
    rules: Sequence[BreakerRule] | None = None,
    policy: RiskPolicy = POLICY,
    interval_seconds: float = 0.05,
    is_signed_in: bool = True,
    entries: Sequence[LedgerEntry] = (),
) -> Desk:
    """Build a desk over one invented venue, by default with the balanced breakers.

    Whoever looks at its pages is signed in as the owner; otherwise there is no owner yet.
    """
    venue, stores = InventedVenue(show), in_memory_stores()
    venue.entries = tuple(entries)
    stores.desk.save_rules(preset("balanced") if rules is None else rules)
    parts = make_parts(
        {venue.account: venue},
        stores=stores,
        clock=lambda: datetime.now(UTC),
        policy=policy,
        interval_seconds=interval_seconds,
    )
    desk = Desk(parts)
    if is_signed_in:
        sign_in_everybody(desk)
    return desk


def sign_in_everybody(desk: Desk) -> OpenDoor:
    """Let everybody see the pages of a desk; AppTest has no cookies."""
    door = OpenDoor(datetime.now(UTC))
    desk.sign_in = door
    return door


def wait_for_status(desk: Desk, *statuses: HealthStatus, seconds: float = 60.0) -> None:
    """Wait until the desk's health is one of these; the first cycle may compile kernels."""
    deadline = monotonic() + seconds
    while desk.health().status not in statuses:
        assert monotonic() < deadline, f"still {desk.health()}"
        sleep(0.02)
