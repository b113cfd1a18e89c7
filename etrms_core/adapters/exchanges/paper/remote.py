"""A paper exchange in a process of its own, and the desk's end of the wire to it."""

import socket
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from pathlib import Path
from time import monotonic
from typing import TypeVar

from pydantic import TypeAdapter

from etrms_core.adapters.exchanges.paper.order_checks import VENUE
from etrms_core.adapters.exchanges.paper.remote_server import (
    Address,
    PaperServer,
    require_local,
    serve_paper_exchange,
)
from etrms_core.adapters.exchanges.paper.wire import (
    ANSWERED,
    LONGEST_LINE,
    Answered,
    Asked,
    Call,
    CancelOrder,
    CreateOrder,
    FetchAccount,
    FetchLedger,
    FetchOrder,
    FetchOrderBook,
    FetchQuotes,
    ListInstruments,
    MoveMoney,
    SetHedgeMode,
    SetLeverage,
    SetMarginMode,
    decode_body,
    decode_line,
    encode_line,
)
from etrms_core.domain.account import AccountState, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.ledger import LedgerPage
from etrms_core.domain.market_data import OrderBook, Quote
from etrms_core.domain.order import Order, OrderRequest
from etrms_core.errors import (
    DataError,
    DomainError,
    ExchangeUnavailableError,
    OrderRejectedError,
)

__all__ = ["Address", "PaperServer", "RemotePaperExchange", "serve_paper_exchange"]

T = TypeVar("T")
CHUNK = 65_536
INSTRUMENTS: TypeAdapter[dict[str, Instrument]] = TypeAdapter(dict[str, Instrument])
ACCOUNT: TypeAdapter[AccountState] = TypeAdapter(AccountState)
LEDGER: TypeAdapter[LedgerPage] = TypeAdapter(LedgerPage)
QUOTES: TypeAdapter[dict[str, Quote]] = TypeAdapter(dict[str, Quote])
BOOK: TypeAdapter[OrderBook] = TypeAdapter(OrderBook)
ORDER: TypeAdapter[Order] = TypeAdapter(Order)
ORDER_OR_NONE: TypeAdapter[Order | None] = TypeAdapter(Order | None)
NOTHING: TypeAdapter[None] = TypeAdapter(None)


class RemotePaperExchange:
    """`ExchangePort` over a paper exchange that another process serves.

    Every call opens a connection of its own, so that a late or doubled answer reaches nobody else.
    When no whole answer comes in time, or one that cannot be read, the method raises
    ExchangeUnavailableError: what the exchange did is unknown. Nothing is ever sent again.

    Parameters
    ----------
    address : tuple of str and int, or Path
        Loopback host and port, or a Unix socket.
    account : str
        Name of the account on the desk.
    timeout_seconds : float
        From the call to its whole answer.
    """

    def __init__(self, address: Address, *, account: str, timeout_seconds: float = 5.0) -> None:
        self._address = require_local(address)
        self._account = account
        self._timeout_seconds = timeout_seconds
        self._numbers = count(1)
        self._instruments: Mapping[str, Instrument] | None = None

    @property
    def account(self) -> str:
        """Name of the account on the desk."""
        return self._account

    @property
    def venue(self) -> str:
        """Always `paper`."""
        return VENUE

    @property
    def is_paper(self) -> bool:
        """Always true."""
        return True

    def instruments(self) -> Mapping[str, Instrument]:
        """Contracts that can be traded, by symbol; asked for once."""
        if self._instruments is None:
            self._instruments = self._ask(ListInstruments(), INSTRUMENTS)
        return self._instruments

    def fetch_account(self) -> AccountState:
        """Read the account."""
        return self._ask(FetchAccount(), ACCOUNT)

    def ledger(self, *, since: datetime, limit: int = 1_000) -> LedgerPage:
        """Read a page of what moved the money."""
        return self._ask(FetchLedger(since, limit), LEDGER)

    def quotes(self) -> Mapping[str, Quote]:
        """Prices of all contracts now."""
        return self._ask(FetchQuotes(), QUOTES)

    def order_book(self, symbol: str) -> OrderBook:
        """Resting liquidity of one contract."""
        return self._ask(FetchOrderBook(symbol), BOOK)

    def create_order(self, request: OrderRequest, *, deadline: datetime | None = None) -> Order:
        """Send an order."""
        return self._ask(CreateOrder(request, deadline), ORDER)

    def fetch_order(self, client_order_id: str) -> Order | None:
        """Look the newest order with our id up; None when the venue never saw one."""
        return self._ask(FetchOrder(client_order_id), ORDER_OR_NONE)

    def cancel_order(self, client_order_id: str) -> Order:
        """Cancel an open order."""
        return self._ask(CancelOrder(client_order_id), ORDER)

    def set_leverage(self, symbol: str, leverage: float) -> None:
        """Choose the leverage of a symbol."""
        self._ask(SetLeverage(symbol, leverage), NOTHING)

    def set_margin_mode(self, symbol: str, mode: MarginMode) -> None:
        """Choose cross or isolated margin of a symbol."""
        self._ask(SetMarginMode(symbol, mode), NOTHING)

    def set_hedge_mode(self, *, enabled: bool) -> None:
        """Choose hedge or one-way mode."""
        self._ask(SetHedgeMode(enabled), NOTHING)

    def deposit(self, amount: float) -> None:
        """Add money, quote currency, above 0."""
        self._ask(MoveMoney(_above_zero(amount)), NOTHING)

    def withdraw(self, amount: float) -> None:
        """Take money out, quote currency, above 0."""
        self._ask(MoveMoney(-_above_zero(amount)), NOTHING)

    def _ask(self, call: Call, kind: TypeAdapter[T]) -> T:
        asked = Asked(next(self._numbers), call)
        try:
            line = self._exchange_lines(encode_line(asked))
            answered = decode_line(line, ANSWERED)
            return _result_of(answered, asked, kind)
        except (OSError, DataError) as error:
            reason = str(error) or type(error).__name__
            raise ExchangeUnavailableError(
                f"no answer to {call.call}: {reason}", venue=VENUE
            ) from error

    def _exchange_lines(self, line: bytes) -> bytes:
        deadline = monotonic() + self._timeout_seconds
        with _connect(self._address, self._timeout_seconds) as connection:
            connection.sendall(line)
            received = bytearray()
            chunk = b" "
            while chunk and b"\n" not in chunk and len(received) <= LONGEST_LINE:
                connection.settimeout(_time_left(deadline))
                chunk = connection.recv(CHUNK)
                received += chunk
        # The first whole line is the answer; what a doubled one adds is nobody's.
        answer, end, _ = received.partition(b"\n")
        return bytes(answer + end)


def _connect(address: Address, timeout_seconds: float) -> socket.socket:
    if not isinstance(address, Path):
        return socket.create_connection(address, timeout_seconds)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout_seconds)
    try:
        connection.connect(str(address))
    except OSError:
        connection.close()
        raise
    return connection


def _time_left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0.0:
        raise TimeoutError("timed out")
    return left


def _result_of(answered: Answered, asked: Asked, kind: TypeAdapter[T]) -> T:
    if answered.number != asked.number:
        raise DataError(f"the answer is to call {answered.number}, not to {asked.number}")
    match answered.outcome:
        case "done":
            return decode_body(answered.body, kind)
        case "rejected" if answered.code is not None:
            raise OrderRejectedError(str(answered.body), venue=VENUE, code=answered.code)
        case "invalid":
            raise DomainError(str(answered.body))
        case _:
            raise DataError(str(answered.body))


def _above_zero(amount: float) -> float:
    if not amount > 0.0:
        raise DomainError(f"an amount of money is above 0, was {amount}")
    return amount
