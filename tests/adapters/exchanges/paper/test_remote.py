"""The desk's end of the wire: every doubt is said, and nothing acknowledged is lost."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.remote import RemotePaperExchange, serve_paper_exchange
from etrms_core.adapters.exchanges.paper.wire import Answered, encode_line
from etrms_core.domain.account import MarginMode
from etrms_core.domain.order import OrderStatus, OrderType, Rejection
from etrms_core.errors import (
    ConfigurationError,
    DomainError,
    ExchangeUnavailableError,
    OrderRejectedError,
)
from tests.adapters.exchanges.paper.accounts import (
    START,
    SYMBOL,
    only_position,
    order,
    paper_exchange,
    wallet_of,
)
from tests.builders import make_stop
from tests.doubles.scripted_venue import Script
from tests.doubles.venue_process import VenueProcess
from tests.fakes import ManualClock, ScriptedMarket

ANY_PORT = ("127.0.0.1", 0)
Reply = Callable[[socket.socket, bytes], None]


def opened() -> PaperExchange:
    return paper_exchange(ScriptedMarket(START, {SYMBOL: 100.0}), ManualClock(START))


@contextmanager
def venue_that(reply: Reply) -> Iterator[tuple[str, int]]:
    """Listen once and do with the first line what `reply` says."""
    with socket.create_server(ANY_PORT) as listener:
        listener.settimeout(10.0)

        def serve_once() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                reply(connection, lines.readline())

        thread = Thread(target=serve_once)
        thread.start()
        host, port = listener.getsockname()
        yield host, port
        thread.join(10.0)


def says(line: bytes) -> Reply:
    return lambda connection, _: connection.sendall(line)


def drip(connection: socket.socket, _: bytes) -> None:
    """Send a byte every tenth of a second and never the end of the line."""
    for _number in range(20):
        try:
            connection.sendall(b" ")
        except OSError:
            return
        sleep(0.1)


def test_a_trade_over_the_wire_is_the_trade_of_the_exchange() -> None:
    served = opened()
    with serve_paper_exchange(served, ANY_PORT) as server:
        remote = RemotePaperExchange(server.address, account="main")
        remote.set_leverage(SYMBOL, 5.0)
        remote.set_margin_mode(SYMBOL, MarginMode.ISOLATED)
        bought = remote.create_order(order("buy", 0.1 + 0.2))
        bid = remote.create_order(order("bid", 1.0, kind=OrderType.LIMIT, level=90.0))
        remote.deposit(25.0)
        remote.withdraw(5.0)
        assert bought == served.fetch_order("buy")
        assert remote.cancel_order("bid").order_id == bid.order_id
        assert remote.fetch_account() == served.fetch_account()
        assert remote.quotes() == served.quotes()
        assert remote.order_book(SYMBOL) == served.order_book(SYMBOL)
        assert remote.instruments() == served.instruments()
        assert only_position(remote.fetch_account()).isolated_margin == pytest.approx(6.003)


def test_the_position_mode_is_set_over_the_wire() -> None:
    served = opened()
    with serve_paper_exchange(served, ANY_PORT) as server:
        RemotePaperExchange(server.address, account="main").set_hedge_mode(enabled=True)
    with pytest.raises(OrderRejectedError):
        served.create_order(order("one-way", 1.0))


def test_a_rejection_comes_across_with_its_code_and_one_venue() -> None:
    with serve_paper_exchange(opened(), ANY_PORT) as server:
        remote = RemotePaperExchange(server.address, account="main")
        with pytest.raises(OrderRejectedError) as refused:
            remote.create_order(order("a", -1.0, reduce_only=True))
    assert refused.value.code == Rejection.REDUCE_ONLY
    assert str(refused.value).count("paper: ") == 1


@pytest.mark.parametrize("amount", [0.0, -5.0, float("nan")])
def test_an_amount_below_zero_is_not_turned_around(amount: float) -> None:
    served = opened()
    with serve_paper_exchange(served, ANY_PORT) as server:
        remote = RemotePaperExchange(server.address, account="main")
        for move in (remote.deposit, remote.withdraw):
            with pytest.raises(DomainError):
                move(amount)
    assert wallet_of(served.fetch_account()) == 1_000.0


def test_an_address_elsewhere_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        RemotePaperExchange(("10.0.0.1", 80), account="main")


@pytest.mark.parametrize(
    "reply",
    [
        says(b""),
        says(b'{"number":1,"outcome":"done","bo'),
        says(b"<html>bad gateway</html>\n"),
        says(encode_line(Answered(1, "done", {"order_id": "o1"}))),
        says(encode_line(Answered(1, "done", None))),
        says(encode_line(Answered(2, "done", make_stop(1.0)))),
        says(encode_line(Answered(1, "unavailable", "disk full"))),
        says(encode_line(Answered(1, "rejected", "no code"))),
        drip,
    ],
    ids=[
        "hangs up",
        "cut off",
        "not JSON",
        "half an order",
        "nothing",
        "another call's answer",
        "unavailable",
        "rejection without a code",
        "too slow",
    ],
)
def test_without_a_whole_answer_nobody_knows_what_happened(reply: Reply) -> None:
    with venue_that(reply) as address:
        remote = RemotePaperExchange(address, account="main", timeout_seconds=0.5)
        started = monotonic()
        with pytest.raises(ExchangeUnavailableError, match="no answer to create_order"):
            remote.create_order(order("a", 1.0))
        assert monotonic() - started < 1.5


def test_a_venue_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with socket.create_server(ANY_PORT) as listener:
        host, port = listener.getsockname()
    for address in ((host, port), tmp_path / "none.sock"):
        with pytest.raises(ExchangeUnavailableError):
            RemotePaperExchange(address, account="main").fetch_account()


def test_the_first_whole_line_is_the_answer() -> None:
    answer = encode_line(Answered(1, "done", None))
    with venue_that(says(answer + answer[:9])) as address:
        assert RemotePaperExchange(address, account="main").fetch_order("never") is None


def test_an_order_takes_its_deadline_along() -> None:
    served = opened()
    with serve_paper_exchange(served, ANY_PORT) as server:
        remote = RemotePaperExchange(server.address, account="main")
        with pytest.raises(OrderRejectedError) as refused:
            remote.create_order(order("late", 1.0), deadline=START - timedelta(seconds=1))
        taken = remote.create_order(order("soon", 1.0), deadline=START)
    assert refused.value.code == Rejection.EXPIRED
    assert served.fetch_order("late") is None
    assert served.fetch_order("soon") == taken


def test_an_acknowledged_order_survives_the_death_of_the_exchange(tmp_path: Path) -> None:
    with VenueProcess(tmp_path / "paper.db", Script({SYMBOL: 100.0})) as venue:
        remote = RemotePaperExchange(venue.address, account="main")
        bought = remote.create_order(order("buy", 0.01))
        stop = order("stop", -0.01, kind=OrderType.STOP_MARKET, level=80.0, reduce_only=True)
        resting = remote.create_order(stop)
        before = remote.fetch_account()
        venue.kill()
        assert bought.status is OrderStatus.FILLED
        with pytest.raises(ExchangeUnavailableError):
            remote.fetch_order("buy")
        with pytest.raises(ExchangeUnavailableError):
            remote.create_order(order("again", 0.01))
        venue.start()
        assert remote.fetch_order("buy") == bought
        assert remote.fetch_order("stop") == resting
        assert remote.fetch_order("again") is None
        after = remote.fetch_account()
    assert (after.balances, after.fills, after.orders) == (
        before.balances,
        before.fills,
        before.orders,
    )
    assert only_position(after).quantity == pytest.approx(0.01)
