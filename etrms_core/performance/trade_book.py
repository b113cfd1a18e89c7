"""What fills and funding make of positions: trades from flat to flat, partial exits apart."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Fill
from etrms_core.errors import DomainError
from etrms_core.kernels.account import apply_fill, unrealized_pnl

OPEN = "open"
Leg = tuple[str, PositionSide]


class HeldPosition(NamedTuple):
    """A position that an account held before the first fill; `quantity` is signed."""

    symbol: str
    position_side: PositionSide
    quantity: float
    entry_price: float
    time: datetime


class FundingReceived(NamedTuple):
    """Funding of one leg, positive when received, quote currency."""

    symbol: str
    position_side: PositionSide
    time: datetime
    amount: float


@dataclass(slots=True)
class Trade:
    """One trade, open until it has an exit; `price_result` is before fees and funding."""

    leg: Leg
    quantity: float
    entry_price: float
    entry_time: datetime
    fees: float = 0.0
    funding: float = 0.0
    price_result: float = 0.0
    exit_time: datetime | None = None
    exit_price: float | None = None
    exit_reason: str = OPEN

    def mark(self, price: float) -> None:
        """Value what is open at a price."""
        self.price_result = float(unrealized_pnl(self.quantity, self.entry_price, price))

    def exit(self, fill: Fill, *, fee: float, price_result: float) -> None:
        """End the trade with a fill, or with the part of its fee that belongs here."""
        self.fees += fee
        self.price_result = price_result
        self.exit_time, self.exit_price = fill.filled_at, fill.price
        self.exit_reason = fill.reason


@dataclass(slots=True)
class TradeBook:
    """Trades in the order in which they began; `held` are the open ones."""

    trades: list[Trade] = field(default_factory=list)
    held: dict[Leg, Trade] = field(default_factory=dict)
    _last: dict[Leg, Trade] = field(default_factory=dict)
    _early: dict[Leg, list[FundingReceived]] = field(default_factory=dict)

    def take_over(self, position: HeldPosition) -> None:
        """Begin with a position whose fills are not known."""
        symbol, side, quantity, entry_price, time = position
        if (symbol, side) in self.held:
            raise DomainError(f"{symbol} {side} is held once at the start, was given twice")
        self._begin(Trade((symbol, side), quantity, entry_price, time))

    def receive(self, payment: FundingReceived) -> None:
        """Book funding on the open trade of its leg; on a flat leg it waits for what comes."""
        symbol, side, _, amount = payment
        trade = self.held.get((symbol, side))
        if trade is None:
            self._early.setdefault((symbol, side), []).append(payment)
        else:
            trade.funding += amount

    def fill(self, fill: Fill) -> None:
        """Open, grow, reduce, close or flip the position of a leg.

        Raises
        ------
        DomainError
            If the fill has no quantity.
        """
        if fill.quantity == 0.0:
            raise DomainError(f"a fill has a quantity, {fill.fill_id} has none")
        leg = (fill.symbol, fill.position_side)
        trade = self.held.get(leg)
        if trade is None:
            self._begin(Trade(leg, fill.quantity, fill.price, fill.filled_at, fill.fee))
            return
        quantity, entry_price, result = apply_fill(
            trade.quantity, trade.entry_price, fill.quantity, fill.price
        )
        if trade.quantity * fill.quantity > 0.0:
            trade.quantity, trade.entry_price = quantity, entry_price
            trade.fees += fill.fee
        elif trade.quantity * quantity > 0.0:
            self._reduce(trade, fill, remaining=quantity, price_result=result)
        else:
            self._close(trade, fill, remaining=quantity, price_result=result)

    def settle(self) -> None:
        """Book funding that still waits on the last trade of its leg; call it at the end."""
        for leg in list(self._early):
            self._book_late(leg)

    def _begin(self, trade: Trade) -> None:
        waiting = self._early.pop(trade.leg, [])
        now = [payment for payment in waiting if payment[2] == trade.entry_time]
        late = [payment for payment in waiting if payment[2] != trade.entry_time]
        if late:
            self._early[trade.leg] = late
            self._book_late(trade.leg)
        trade.funding += sum(payment[3] for payment in now)
        self.trades.append(trade)
        self.held[trade.leg] = self._last[trade.leg] = trade

    def _book_late(self, leg: Leg) -> None:
        payments = self._early.pop(leg)
        trade = self._last.get(leg)
        if trade is None:
            raise DomainError(f"funding came to {leg[0]} {leg[1]}, which held nothing")
        trade.funding += sum(payment[3] for payment in payments)

    def _reduce(self, trade: Trade, fill: Fill, *, remaining: float, price_result: float) -> None:
        share = fill.quantity / -trade.quantity
        rest = Trade(
            trade.leg,
            remaining,
            trade.entry_price,
            trade.entry_time,
            trade.fees * (1.0 - share),
            trade.funding * (1.0 - share),
        )
        trade.quantity = -fill.quantity
        trade.fees *= share
        trade.funding *= share
        trade.exit(fill, fee=fill.fee, price_result=price_result)
        self._begin(rest)

    def _close(self, trade: Trade, fill: Fill, *, remaining: float, price_result: float) -> None:
        share = 1.0 if remaining == 0.0 else -trade.quantity / fill.quantity
        trade.exit(fill, fee=fill.fee * share, price_result=price_result)
        del self.held[trade.leg]
        if remaining != 0.0:
            fee = fill.fee * (1.0 - share)
            self._begin(Trade(trade.leg, remaining, fill.price, fill.filled_at, fee))
