"""A desk whose venue takes orders, for tests of pages that act."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from app import runtime
from etrms_core.domain.account import AccountState
from etrms_core.domain.market_data import BookLevel, OrderBook
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from tests.app.desks import INSTRUMENTS, busy_account, sign_in_everybody, wait_for_status
from tests.fakes import in_memory_stores
from tests.services.acting import FakeLock, FillingExchange, make_parts


class LivingExchange(FillingExchange):
    """Shows its account as read right now.

    Attributes
    ----------
    bid : float or None
        The bid of its book; None leaves the book as it is.
    """

    bid: float | None = None

    def order_book(self, symbol: str) -> OrderBook:
        book = super().order_book(symbol)
        if self.bid is None:
            return book
        bids, asks = ((BookLevel(price, 1_000.0),) for price in (self.bid, self.bid + 0.1))
        return replace(book, bids=bids, asks=asks)

    def fetch_account(self) -> AccountState:
        return replace(super().fetch_account(), observed_at=datetime.now(UTC))


@contextmanager
def trading_desk(
    account: AccountState | None = None, *, is_standby: bool = False
) -> Iterator[tuple[Desk, LivingExchange]]:
    """Run a desk with one venue, its pages open to everybody; in standby another one acts."""
    shown = account or busy_account(datetime.now(UTC))
    venue = LivingExchange(shown, instruments=list(INSTRUMENTS.values()))
    parts = make_parts(
        {"main": venue},
        stores=in_memory_stores(),
        clock=lambda: datetime.now(UTC),
        lock=FakeLock([FakeLock()] if is_standby else None),
        interval_seconds=0.05,
    )
    desk = Desk(parts)
    sign_in_everybody(desk)
    runtime.set_desk(desk)
    desk.start()
    if not is_standby:
        wait_for_status(desk, HealthStatus.OK)
    try:
        yield desk, venue
    finally:
        runtime.set_desk(None)
        desk.close()
