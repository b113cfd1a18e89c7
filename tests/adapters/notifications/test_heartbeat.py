"""A sign of life over HTTP; the address is a secret."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server, socket
from threading import Event, Thread
from time import monotonic

import pytest

from etrms_core.adapters.notifications.heartbeat import UrlHeartbeat
from etrms_core.errors import DataError

SECRET = "4f1c-secret"  # noqa: S105


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.server.resting.wait(self.server.delay_seconds)
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def __init__(self, status: int, delay_seconds: float) -> None:
        self.status = status
        self.delay_seconds = delay_seconds
        self.paths: list[str] = []
        self.resting = Event()
        super().__init__(("127.0.0.1", 0), _Handler)


@contextmanager
def listener(status: int = 200, delay_seconds: float = 0.0) -> Iterator[tuple[str, _Server]]:
    server = _Server(status, delay_seconds)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{SECRET}", server
    finally:
        server.resting.set()
        server.shutdown()
        server.server_close()


def test_a_sign_is_one_request_to_the_address() -> None:
    with listener() as (url, server):
        UrlHeartbeat(url).send()
        assert server.paths == [f"/{SECRET}"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_another_answer_is_a_failure_that_hides_the_address(status: int) -> None:
    with listener(status) as (url, server):
        with pytest.raises(DataError, match=f"127.0.0.1 answered {status}") as raised:
            UrlHeartbeat(url).send()
        assert len(server.paths) == 1  # no redirect is followed
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_slow_listener_is_given_up_after_the_time_out() -> None:
    with listener(delay_seconds=0.5) as (url, _):
        started = monotonic()
        with pytest.raises(DataError, match="cannot be reached"):
            UrlHeartbeat(url, timeout_seconds=0.1).send()
        assert monotonic() - started < 0.45


def test_nobody_there_is_a_failure_that_hides_the_address() -> None:
    with listener() as (url, _):
        pass
    heartbeat = UrlHeartbeat(url)
    with pytest.raises(DataError, match="cannot be reached") as raised:
        heartbeat.send()
    assert SECRET not in str(raised.value)
    assert repr(heartbeat) == "UrlHeartbeat(127.0.0.1)"


@pytest.mark.parametrize("answer", [b"", b"\x00\xff\r\n\r\n", b"HTTP/1.1 abc\r\n"])
def test_an_answer_that_is_not_http_is_a_failure_that_hides_the_address(answer: bytes) -> None:
    with create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=_answer_once, args=(server, answer), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/{SECRET}"
        with pytest.raises(DataError, match=r"127\.0\.0\.1 cannot be reached") as raised:
            UrlHeartbeat(url, timeout_seconds=2.0).send()
        thread.join(5.0)
    assert SECRET not in str(raised.value)


def test_an_address_that_cannot_be_asked_for_is_a_failure_that_hides_it() -> None:
    with pytest.raises(DataError, match="host cannot be reached") as raised:
        UrlHeartbeat(f"https://host/{SECRET} with spaces").send()
    assert SECRET not in str(raised.value)


def _answer_once(server: socket, answer: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(answer)
