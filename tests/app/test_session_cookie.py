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


def connection(cookie: bytes) -> HTTPConnection:
    return HTTPConnection({"type": "http", "headers": [(b"cookie", cookie)]})


def test_the_cookie_carries_the_name_of_the_desk() -> None:
    assert cookie_name() == "etrms_test"
    assert session_id_of(connection(b"etrms_test=abc; etrms_other=xyz")) == "abc"
    assert session_id_of(connection(b"etrms_other=xyz")) is None


@pytest.mark.parametrize("is_secure", [True, False])
def test_neither_scripts_nor_other_sites_get_it(is_secure: bool) -> None:
    given, taken = Response(), Response()
    set_session_cookie(given, "abc", is_secure=is_secure)
    clear_session_cookie(taken, is_secure=is_secure)
    for response in (given, taken):
        parts = response.headers["set-cookie"].lower().split("; ")
        assert {"httponly", "samesite=strict", "path=/"} <= set(parts)
        assert ("secure" in parts) is is_secure
    assert given.headers["set-cookie"].startswith("etrms_test=abc;")
    assert "Max-Age=0" in taken.headers["set-cookie"]
