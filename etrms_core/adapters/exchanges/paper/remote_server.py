"""The end of the wire at which a paper exchange listens."""

import socket
import socketserver
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import Protocol

from etrms_core.adapters.exchanges.paper.order_checks import VENUE
from etrms_core.adapters.exchanges.paper.wire import (
    ASKED,
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
    decode_line,
    encode_line,
)
from etrms_core.engine.ports import ExchangePort
from etrms_core.errors import (
    ConfigurationError,
    DataError,
    DomainError,
    ExchangeUnavailableError,
    OrderRejectedError,
)

Address = tuple[str, int] | Path
LOOPBACK = "127.0.0.1"
IDLE_SECONDS = 30.0
STOP_SECONDS = 5.0


class PaperVenue(ExchangePort, Protocol):
    """A paper exchange with what only a paper exchange lets its user do."""

    def set_hedge_mode(self, *, enabled: bool) -> None:
        """Choose hedge or one-way mode."""

    def deposit(self, amount: float) -> None:
        """Add money, quote currency."""

    def withdraw(self, amount: float) -> None:
        """Take money out."""


class PaperServer:
    """A paper exchange that listens, with one thread per connection, until it is stopped.

    Attributes
    ----------
    address : tuple of str and int, or Path
        Where it listens; the port is the real one when 0 was asked for.
    """

    def __init__(self, exchange: PaperVenue, address: Address) -> None:
        self._server: _TcpServer | _UnixServer
        if isinstance(address, Path):
            _remove_dead_socket(address)
            self._server = _UnixServer(exchange, address)
            self.address: Address = address
        else:
            self._server = _TcpServer(exchange, address)
            host, port = self._server.socket.getsockname()
            self.address = (str(host), int(port))
        self._thread = Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="paper-exchange",
            daemon=True,
        )
        self._thread.start()

    def __enter__(self) -> "PaperServer":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def wait(self) -> None:
        """Block until the server is stopped."""
        self._thread.join()

    def stop(self) -> None:
        """Listen no more, close every connection and wait for their threads."""
        self._server.shutdown()
        self._thread.join(STOP_SECONDS)
        self._server.connections.close_all()
        self._server.server_close()
        if isinstance(self.address, Path):
            self.address.unlink(missing_ok=True)


def serve_paper_exchange(exchange: PaperVenue, address: Address) -> PaperServer:
    """Let other processes of this machine trade on an exchange.

    Parameters
    ----------
    address : tuple of str and int, or Path
        Loopback host and port, 0 for a free one; or a Unix socket to make.

    Raises
    ------
    ConfigurationError
        If the address is not of this machine, or is taken.
    """
    try:
        return PaperServer(exchange, require_local(address))
    except OSError as error:
        raise ConfigurationError(f"cannot listen at {address}: {error}", field="address") from error


def require_local(address: Address) -> Address:
    """Return an address of this machine; ConfigurationError for any other."""
    if not isinstance(address, Path) and address[0] != LOOPBACK:
        raise ConfigurationError(f"must be {LOOPBACK}, was {address[0]}", field="address")
    return address


def answer_line(exchange: PaperVenue, line: bytes) -> bytes:
    """Do what a line asks and write the answer; a line that cannot be read has no effect."""
    try:
        asked = decode_line(line, ASKED)
    except DataError as error:
        return encode_line(Answered(0, "unavailable", str(error)))
    return encode_line(_answer(exchange, asked))


def _answer(exchange: PaperVenue, asked: Asked) -> Answered:
    try:
        return Answered(asked.number, "done", _carry_out(exchange, asked.body))
    except OrderRejectedError as error:
        reason = str(error).removeprefix(f"{error.venue}: ")
        return Answered(asked.number, "rejected", reason, error.code)
    except ExchangeUnavailableError as error:
        reason = str(error).removeprefix(f"{VENUE}: ")
        return Answered(asked.number, "unavailable", reason)
    except DomainError as error:
        return Answered(asked.number, "invalid", str(error))


def _carry_out(exchange: PaperVenue, call: Call) -> object:
    match call:
        case FetchAccount():
            return exchange.fetch_account()
        case FetchLedger(since=since, limit=limit):
            return exchange.ledger(since=since, limit=limit)
        case ListInstruments() | FetchQuotes() | FetchOrderBook() | FetchOrder():
            return _read(exchange, call)
        case CreateOrder(request=request, deadline=deadline):
            return exchange.create_order(request, deadline=deadline)
        case CancelOrder(client_order_id=client_order_id):
            return exchange.cancel_order(client_order_id)
        case SetLeverage() | SetMarginMode() | SetHedgeMode() | MoveMoney():
            _change(exchange, call)
            return None


def _read(
    exchange: PaperVenue,
    call: ListInstruments | FetchQuotes | FetchOrderBook | FetchOrder,
) -> object:
    match call:
        case ListInstruments():
            return dict(exchange.instruments())
        case FetchQuotes():
            return dict(exchange.quotes())
        case FetchOrderBook(symbol=symbol):
            return exchange.order_book(symbol)
        case FetchOrder(client_order_id=client_order_id):
            return exchange.fetch_order(client_order_id)


def _change(
    exchange: PaperVenue, call: SetLeverage | SetMarginMode | SetHedgeMode | MoveMoney
) -> None:
    match call:
        case SetLeverage(symbol=symbol, leverage=leverage):
            exchange.set_leverage(symbol, leverage)
        case SetMarginMode(symbol=symbol, mode=mode):
            exchange.set_margin_mode(symbol, mode)
        case SetHedgeMode(enabled=enabled):
            exchange.set_hedge_mode(enabled=enabled)
        case MoveMoney(amount=amount) if amount < 0.0:
            exchange.withdraw(-amount)
        case MoveMoney(amount=amount):
            exchange.deposit(amount)


class _Connections:
    """The open connections of a server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        self._is_closed = False

    def add(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
            if self._is_closed:
                _stop_reading(connection)

    def discard(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def close_all(self) -> None:
        """End what the handlers read; they answer the line that they work on and leave."""
        with self._lock:
            self._is_closed = True
            for connection in self._open:
                _stop_reading(connection)


def _stop_reading(connection: socket.socket) -> None:
    with suppress(OSError):  # the other side may have left
        connection.shutdown(socket.SHUT_RD)


def _remove_dead_socket(path: Path) -> None:
    """Remove the socket of a server that was killed; OSError when a live one answers."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        if probe.connect_ex(str(path)) == 0:
            raise OSError(f"{path} is in use")
    path.unlink()


class _Handler(socketserver.StreamRequestHandler):
    timeout = IDLE_SECONDS
    server: "_TcpServer | _UnixServer"

    def handle(self) -> None:
        self.server.connections.add(self.connection)
        try:
            while (line := self.rfile.readline(LONGEST_LINE)).endswith(b"\n"):
                self.wfile.write(answer_line(self.server.exchange, line))
        except OSError:
            return  # the other side left or was silent for too long
        finally:
            self.server.connections.discard(self.connection)


class _TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, exchange: PaperVenue, address: tuple[str, int]) -> None:
        self.exchange = exchange
        self.connections = _Connections()
        super().__init__(address, _Handler)


class _UnixServer(socketserver.ThreadingUnixStreamServer):
    request_queue_size = 128

    def __init__(self, exchange: PaperVenue, path: Path) -> None:
        self.exchange = exchange
        self.connections = _Connections()
        super().__init__(str(path), _Handler)
