"""What Streamlit serves besides pages."""

from collections.abc import Iterator

import pytest
from starlette.websockets import WebSocketDisconnect
from streamlit.web.server.starlette import starlette_routes

from app.session_gate import OPEN, is_closed
from etrms_core.services.desk import Desk
from tests.app.web_entrance import ORIGIN, client, owned_desk, sign_in

CLOSED_PATHS = [
    "/media/0a1b2c.csv",
    "/media",
    "/_stcore/metrics",
    "/_stcore/upload_file/session/file",
    "/_stcore/bidi-components/x.js",
    "/_stcore/agent/openapi.json",
    "/_stcore/what_comes_next",
    "/_stcore/health/",
    "/component/some/index.html",
    "/app/static/report.pdf",
]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with owned_desk() as made:
        yield made


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", CLOSED_PATHS)
def test_without_a_session_nothing_is_given(path: str, method: str) -> None:
    answer = client().request(method, path, headers={"cookie": "etrms_test=invented"})
    assert answer.status_code == 403
    assert answer.headers["cache-control"] == "no-store"
    if method == "GET":
        assert answer.json()["error"]["code"] == "not_signed_in"


@pytest.mark.parametrize("path", CLOSED_PATHS)
def test_the_owner_gets_it_and_no_cache_keeps_it(desk: Desk, path: str) -> None:
    browser = client()
    sign_in(browser, desk)
    answer = browser.get(path)
    assert (answer.status_code, answer.text) == (200, path)
    assert answer.headers["cache-control"] == "no-store"


def test_a_copied_cookie_is_of_no_use_after_logging_out(desk: Desk) -> None:
    browser, thief = client(), client()
    sign_in(browser, desk)
    thief.cookies.set("etrms_test", browser.cookies["etrms_test"])
    assert thief.get("/media/1.csv").status_code == 200
    browser.post("/auth/logout", headers={"origin": ORIGIN})
    assert thief.get("/media/1.csv").status_code == 403


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    "path", ["/", "/overview", "/api/v1/health", "/static/js/x.js", *sorted(OPEN)]
)
def test_what_the_login_is_drawn_with_is_open(path: str) -> None:
    if path == "/_stcore/stream":
        with client().websocket_connect(path) as socket:
            assert socket.receive_text() == "hello"
        return
    answer = client().get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] != "no-store"


@pytest.mark.usefixtures("desk")
def test_another_channel_is_closed() -> None:
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/_stcore/other"):
        pass


def test_every_route_of_streamlit_is_closed_but_those_named_here() -> None:
    routes = {
        f"/{value}/x" if name.startswith("BASE") else f"/{value}"
        for name, value in vars(starlette_routes).items()
        if name.startswith(("BASE_ROUTE", "ROUTE"))
    }
    assert {each for each in routes if not is_closed(each)} - OPEN == {"/static/x"}
