"""What a person's action on a position reads before it acts."""

from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.identifiers import PositionKey
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import BookLevel
from etrms_core.domain.order import OrderSide
from etrms_core.engine.ports import ExchangePort
from etrms_core.errors import DomainError, ExchangeError
from etrms_core.services.guard import Guard


def found_position(guard: Guard, key: PositionKey) -> tuple[AccountState, Position]:
    """Return an account with its open position; DomainError when nothing is open there."""
    account, position = guard.accounts().get(key.account), position_at(guard, key)
    if account is None or position is None:
        raise DomainError(f"no position is open in {key}")
    return account, position


def position_at(guard: Guard, key: PositionKey) -> Position | None:
    """Return the position as it was read last; None when nothing is open there."""
    account = guard.accounts().get(key.account)
    positions = () if account is None else account.positions
    found = (each for each in positions if (each.symbol, each.side) == (key.symbol, key.side))
    return next(found, None)


def instrument_of(exchange: ExchangePort, symbol: str) -> Instrument | None:
    """Return a contract; None when the venue does not tell."""
    try:
        return exchange.instruments().get(symbol)
    except ExchangeError:
        return None


def opposite_levels(exchange: ExchangePort, symbol: str, side: OrderSide) -> tuple[BookLevel, ...]:
    """Return the side of the book that an order takes from; empty when the venue does not tell."""
    try:
        book = exchange.order_book(symbol)
    except ExchangeError:
        return ()
    return book.bids if side is OrderSide.SELL else book.asks
