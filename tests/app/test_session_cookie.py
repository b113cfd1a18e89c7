"""The cookie of a session."""

from collections.abc import Iterator

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import Response

from app import runtime
from app.session_cookie import (
    clear_session_cookie,
    cookie_name,
    session_id_of,
    set_session_cookie,
)
from tests.app.desks import make_desk


@pytest.fixture(autouse=True)
def desk() -> Iterator[None]:
    runtime.set_desk(make_desk())
    yield
    runtime.set_desk(None)
    runtime.set_behind_tls_proxy(is_behind=False)


def connection(cookie: bytes, scheme: str = "http") -> HTTPConnection:
    headers = [(b"cookie", cookie), (b"host", b"localhost")]
    return HTTPConnection({"type": "http", "scheme": scheme, "path": "/", "headers": headers})


def test_the_cookie_carries_the_name_of_the_desk() -> None:
    assert cookie_name() == "etrms_test"
    assert session_id_of(connection(b"etrms_test=abc; etrms_other=xyz")) == "abc"
    assert session_id_of(connection(b"etrms_other=xyz")) is None


@pytest.mark.parametrize(
    ("scheme", "behind_tls_proxy", "is_secure"),
    [("http", False, False), ("https", False, True), ("http", True, True)],
)
def test_neither_scripts_nor_other_sites_get_it(
    scheme: str, behind_tls_proxy: bool, is_secure: bool
) -> None:
    runtime.set_behind_tls_proxy(is_behind=behind_tls_proxy)
    given, taken, request = Response(), Response(), connection(b"", scheme)
    set_session_cookie(given, "abc", request)
    clear_session_cookie(taken, request)
    for response in (given, taken):
        parts = response.headers["set-cookie"].lower().split("; ")
        assert {"httponly", "samesite=strict", "path=/"} <= set(parts)
        assert ("secure" in parts) is is_secure
    assert given.headers["set-cookie"].startswith("etrms_test=abc;")
    assert "Max-Age=0" in taken.headers["set-cookie"]
