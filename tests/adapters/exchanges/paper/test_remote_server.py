"""The listening end: what it answers, and how it stops."""

import socket
from pathlib import Path
from threading import active_count
from time import monotonic

import pytest

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.remote import RemotePaperExchange
from etrms_core.adapters.exchanges.paper.remote_server import (
    Address,
    answer_line,
    require_local,
    serve_paper_exchange,
)
from etrms_core.adapters.exchanges.paper.wire import (
    ANSWERED,
    Answered,
    Asked,
    Call,
    CancelOrder,
    CreateOrder,
    FetchAccount,
    MoveMoney,
    decode_line,
    encode_line,
)
from etrms_core.errors import ConfigurationError, StorageError
from tests.adapters.exchanges.paper.accounts import START, SYMBOL, order, paper_exchange, wallet_of
from tests.fakes import InMemoryPaperStore, ManualClock, ScriptedMarket

ANY_PORT = ("127.0.0.1", 0)


def opened(store: InMemoryPaperStore | None = None) -> PaperExchange:
    return paper_exchange(ScriptedMarket(START, {SYMBOL: 100.0}), ManualClock(START), store=store)


def answer(exchange: PaperExchange, call: Call) -> Answered:
    return decode_line(answer_line(exchange, encode_line(Asked(9, call))), ANSWERED)


def test_an_answer_carries_the_number_of_its_call() -> None:
    done = answer(opened(), FetchAccount())
    assert (done.number, done.outcome) == (9, "done")


def test_a_rejection_carries_its_code_and_its_message_once() -> None:
    refused = answer(opened(), CancelOrder("never"))
    assert refused == Answered(9, "rejected", "no open order has the id never", "unknown_order")


def test_a_value_that_breaks_a_rule_is_invalid() -> None:
    assert answer(opened(), MoveMoney(0.0)).outcome == "invalid"


def test_an_exchange_that_cannot_store_says_unavailable() -> None:
    store = InMemoryPaperStore()
    exchange = opened(store)
    store.trouble = StorageError("disk full")
    failed = answer(exchange, CreateOrder(order("a", 1.0)))
    assert failed.outcome == "unavailable"
    assert "disk full" in str(failed.body)


def test_money_moves_by_its_sign() -> None:
    exchange = opened()
    answer(exchange, MoveMoney(50.0))
    answer(exchange, MoveMoney(-20.0))
    assert wallet_of(exchange.fetch_account()) == 1_030.0


def test_a_line_that_cannot_be_read_has_no_effect() -> None:
    exchange = opened()
    line = encode_line(Asked(1, CreateOrder(order("a", 1.0))))
    came = decode_line(answer_line(exchange, line.replace(b'"buy"', b'"boy"')), ANSWERED)
    assert came.outcome == "unavailable"
    assert exchange.fetch_order("a") is None


def test_a_deadline_without_a_zone_has_no_effect() -> None:
    exchange = opened()
    line = encode_line(Asked(1, CreateOrder(order("a", 1.0), deadline=START)))
    naive = line.replace(b'12:00:00Z"', b'12:00:00"')
    assert naive != line
    came = decode_line(answer_line(exchange, naive), ANSWERED)
    assert came.outcome == "unavailable"
    assert exchange.fetch_order("a") is None


def test_a_line_that_is_cut_off_has_no_effect() -> None:
    exchange = opened()
    with serve_paper_exchange(exchange, ANY_PORT) as server:
        assert not isinstance(server.address, Path)
        with socket.create_connection(server.address, 5.0) as connection:
            connection.sendall(encode_line(Asked(1, CreateOrder(order("a", 1.0))))[:-1])
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""
    assert exchange.fetch_order("a") is None


def test_one_connection_can_carry_many_lines() -> None:
    with serve_paper_exchange(opened(), ANY_PORT) as server:
        assert not isinstance(server.address, Path)
        with socket.create_connection(server.address, 5.0) as connection:
            lines = connection.makefile("rb")
            for number in (1, 2):
                connection.sendall(encode_line(Asked(number, MoveMoney(1.0))))
                assert decode_line(lines.readline(), ANSWERED).number == number
            lines.close()


def test_stopping_ends_idle_connections_and_all_threads() -> None:
    before = active_count()
    server = serve_paper_exchange(opened(), ANY_PORT)
    assert not isinstance(server.address, Path)
    with socket.create_connection(server.address, 5.0) as idle:
        RemotePaperExchange(server.address, account="main").fetch_account()
        started = monotonic()
        server.stop()
        assert monotonic() - started < 5.0
        assert idle.recv(100) == b""
    server.wait()
    assert active_count() == before


@pytest.mark.parametrize("address", [("0.0.0.0", 0), ("192.168.1.4", 80), ("localhost", 80)])  # noqa: S104
def test_it_listens_on_this_machine_only(address: Address) -> None:
    with pytest.raises(ConfigurationError, match=r"must be 127\.0\.0\.1"):
        require_local(address)
    with pytest.raises(ConfigurationError):
        serve_paper_exchange(opened(), address)


def test_a_taken_port_is_a_clear_message() -> None:
    with (
        serve_paper_exchange(opened(), ANY_PORT) as server,
        pytest.raises(ConfigurationError, match="cannot listen at"),
    ):
        serve_paper_exchange(opened(), server.address)


def test_a_unix_socket_is_made_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "paper.sock"
    with serve_paper_exchange(opened(), path) as server:
        assert wallet_of(RemotePaperExchange(server.address, account="main").fetch_account())
        with pytest.raises(ConfigurationError, match="in use"):
            serve_paper_exchange(opened(), path)
    assert not path.exists()


def test_the_socket_of_a_dead_server_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "paper.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    with serve_paper_exchange(opened(), path) as server:
        assert RemotePaperExchange(server.address, account="main").quotes()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    with pytest.raises(ConfigurationError):
        serve_paper_exchange(opened(), path)
    assert path.read_text() == "mine"
