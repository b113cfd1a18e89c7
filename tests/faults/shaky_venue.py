"""A paper venue in the test process that loses answers, and a desk on it that can be restarted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.resting_orders import expire_stranded
from etrms_core.breakers.rule_document import parse_rules
from etrms_core.domain.account import AccountState, MarginMode, Position
from etrms_core.domain.identifiers import PositionSide, desk_of
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.lease import Lease
from etrms_core.domain.ledger import LedgerPage
from etrms_core.domain.market_data import OrderBook, Quote
from etrms_core.domain.order import Fill, Order, OrderRequest, OrderSide, OrderType, Rejection
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.errors import ExchangeUnavailableError, OrderRejectedError
from etrms_core.services.alarms import AlarmBoard
from etrms_core.services.desk_log import DeskLog
from etrms_core.services.guard import Guard
from etrms_core.services.limits import LimitsDesk
from etrms_core.services.risk_monitor import MonitorSetup
from etrms_core.services.subscriptions import Subscriptions
from etrms_core.settings import LimitsSettings
from tests.builders import NOW
from tests.fakes import InMemoryJournal, ManualClock, ScriptedMarket, in_memory_stores

DESK_ID = "shky"
LOT = 0.001
Leg = tuple[str, PositionSide]


@dataclass(slots=True)
class ShakyExchange:
    """An `ExchangePort` that fails the next calls as a test says.

    Attributes
    ----------
    answers : list of str
        What happens to the next orders and cancellations: ``lost`` (done, but nobody hears of it),
        ``unseen`` (not done, nobody knows), ``refused`` (not done, and said so); afterwards they
        pass.
    is_blind, is_silent : bool
        Whether looks for an order fail, and readings of the account.
    sent : list of tuple
        Every order that the desk sent, with the position of its leg as it was read last.
    """

    real: PaperExchange
    answers: list[str] = field(default_factory=list)
    is_blind: bool = False
    is_silent: bool = False
    sent: list[tuple[OrderRequest, float]] = field(default_factory=list)
    _shown: dict[Leg, float] = field(default_factory=dict)

    @property
    def account(self) -> str:
        return self.real.account

    @property
    def venue(self) -> str:
        return self.real.venue

    @property
    def is_paper(self) -> bool:
        return True

    def instruments(self) -> Mapping[str, Instrument]:
        return self.real.instruments()

    def quotes(self) -> Mapping[str, Quote]:
        return self.real.quotes()

    def order_book(self, symbol: str) -> OrderBook:
        return self.real.order_book(symbol)

    def fetch_account(self) -> AccountState:
        if self.is_silent:
            raise ExchangeUnavailableError("no answer", venue=self.venue)
        state = self.real.fetch_account()
        self._shown = {(p.symbol, p.side): p.quantity for p in state.positions}
        return state

    def ledger(self, *, since: datetime, limit: int = 1_000) -> LedgerPage:
        return self.real.ledger(since=since, limit=limit)

    def create_order(self, request: OrderRequest, *, deadline: datetime | None = None) -> Order:
        shown = self._shown.get((request.symbol, request.position_side), 0.0)
        self.sent.append((request, shown))
        fault = self._next_fault()
        self._fail_before(fault)
        order = self.real.create_order(request, deadline=deadline)
        if fault == "lost":
            raise ExchangeUnavailableError("no answer", venue=self.venue)
        return order

    def fetch_order(self, client_order_id: str) -> Order | None:
        if self.is_blind:
            raise ExchangeUnavailableError("no answer", venue=self.venue)
        return self.real.fetch_order(client_order_id)

    def cancel_order(self, client_order_id: str) -> Order:
        fault = self._next_fault()
        self._fail_before(fault)
        order = self.real.cancel_order(client_order_id)
        if fault == "lost":
            raise ExchangeUnavailableError("no answer", venue=self.venue)
        return order

    def set_leverage(self, symbol: str, leverage: float) -> None:
        self.real.set_leverage(symbol, leverage)

    def set_margin_mode(self, symbol: str, mode: MarginMode) -> None:
        self.real.set_margin_mode(symbol, mode)

    def _next_fault(self) -> str:
        return self.answers.pop(0) if self.answers else "pass"

    def _fail_before(self, fault: str) -> None:
        if fault == "unseen":
            raise ExchangeUnavailableError("no answer", venue=self.venue)
        if fault == "refused":
            raise OrderRejectedError("closed", venue=self.venue, code=Rejection.NO_MARKET)


class Bench:
    """A venue, what happened there, and the desk on it, all on a clock that the test moves."""

    def __init__(
        self,
        marks: Mapping[str, float],
        rules: list[dict[str, Any]],
        *,
        is_hedged: bool = False,
        capital: float = 300.0,
    ) -> None:
        self.clock = ManualClock(NOW)
        contracts = [Instrument(symbol, lot_size=LOT) for symbol in marks]
        self.market = ScriptedMarket(NOW, marks, instruments=contracts)
        self.real = PaperExchange("main", market=self.market, clock=self.clock, capital=capital)
        if is_hedged:
            self.real.set_hedge_mode(enabled=True)
        self.is_hedged = is_hedged
        self.shaky = ShakyExchange(self.real)
        self.stores = in_memory_stores()
        self.stores.desk.save_rules(parse_rules(rules))
        self.marks = dict(marks)
        self._numbers = 0
        self.restart()

    def restart(self) -> None:
        """Let a new process take the desk over from what is stored."""
        alarms = AlarmBoard(self.clock)
        self.log = DeskLog(self.stores, InMemoryJournal(), alarms, clock=self.clock)
        lease = self._new_lease()
        self.log.recover(lease)
        setup = MonitorSetup(
            exchanges={"main": self.shaky},
            log=self.log,
            lease=lease,
            clock=self.clock,
            # Prices jump in these tests: nothing waits for a confirming reading.
            policy=RiskPolicy(equity_jump_fraction=1e9, clock_jump_seconds=1e9),
            desk_id=DESK_ID,
            subscriptions=Subscriptions(),
        )
        limits = LimitsDesk(
            self.stores.limits, self.stores.desk, outer=LimitsSettings(), clock=self.clock
        )
        self.guard = Guard(setup, limits, interval_seconds=1.0)

    def cycle(self, seconds: float) -> None:
        """Run one cycle, some seconds later."""
        self.clock.advance(seconds=seconds)
        self.guard.refresh()

    def wish(self, kind: RequestKind, subject: str = "test") -> None:
        """Leave a wish for the next cycle."""
        self.log.add_request(DeskRequest(kind, subject, self.clock()))

    def trade(self, leg: Leg, quantity: float, *, reduce_only: bool = False) -> Order:
        """Trade at the venue as a person does, past the desk; positive buys."""
        return self.real.create_order(self.order(leg, quantity, reduce_only=reduce_only))

    def order(self, leg: Leg, quantity: float, **changes: Any) -> OrderRequest:  # noqa: ANN401
        """Describe a person's order; positive buys."""
        self._numbers += 1
        described: dict[str, Any] = {
            "client_order_id": f"person-{self._numbers}",
            "account": "main",
            "symbol": leg[0],
            "side": OrderSide.BUY if quantity > 0.0 else OrderSide.SELL,
            "order_type": OrderType.MARKET,
            "quantity": round(abs(quantity), 3),
            "position_side": leg[1],
            **changes,
        }
        return OrderRequest(**described)

    def move(self, symbol: str, factor: float) -> None:
        """Let a mark jump, a moment later."""
        self.clock.advance(milliseconds=1)
        self.marks[symbol] = round(min(max(self.marks[symbol] * factor, 5.0), 2_000.0), 2)
        self.market.move(self.clock(), **{symbol: self.marks[symbol]})

    def deleverage(self, leg: Leg, kept: float) -> None:
        """Let the venue take a part of a leg away without any order."""
        state = self.real._state
        position = state.positions.get(leg)
        if position is None:
            return
        position.quantity = round(position.quantity * kept, 3)
        if position.quantity == 0.0:
            del state.positions[leg]
        expire_stranded(state, leg)

    def held(self) -> dict[Leg, float]:
        """Return what the venue holds now."""
        return {(p.symbol, p.side): p.quantity for p in self.positions()}

    def positions(self) -> tuple[Position, ...]:
        return self.real.fetch_account().positions

    def fills(self) -> tuple[Fill, ...]:
        return self.real.fetch_account().fills

    def _new_lease(self) -> Lease:
        lease = self.stores.lease.take("test", seen=self.stores.lease.read())
        assert lease is not None
        return lease


def is_ours(client_order_id: str) -> bool:
    """Whether the desk sent it, whatever made it do so."""
    return desk_of(client_order_id) == DESK_ID
