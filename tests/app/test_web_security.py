"""Security headers and allowed hosts."""

import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.web_security import SECURITY_HEADERS, AllowedHosts, SecurityHeaders, host_name


async def page(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("page", headers={"Referrer-Policy": "unsafe-url"})


async def channel(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


def client(host: str) -> TestClient:
    application = Starlette(
        routes=[Route("/", page), WebSocketRoute("/channel", channel)],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(AllowedHosts, names=["localhost", "127.0.0.1", "::1"]),
        ],
    )
    return TestClient(application, base_url=f"http://{host}")


def test_every_answer_carries_the_headers_also_a_refusal() -> None:
    for host in ("127.0.0.1:8501", "evil.test"):
        headers = client(host).get("/").headers
        assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_no_other_site_may_frame_the_desk_or_receive_its_figures() -> None:
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1", "[::1]:8501", "LOCALHOST"])
def test_the_names_of_this_machine_are_served(host: str) -> None:
    assert client(host).get("/").text == "page"


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1.evil.test", "192.168.1.5:8501"])
def test_another_name_is_refused(host: str) -> None:
    answer = client(host).get("/")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "unknown_host"


def test_a_websocket_by_another_name_is_refused() -> None:
    with client("localhost").websocket_connect("ws://localhost/channel") as socket:
        assert socket.receive_text() == "hello"
    evil = client("evil.test")
    with pytest.raises(WebSocketDisconnect), evil.websocket_connect("ws://evil.test/channel"):
        pass


@pytest.mark.parametrize("host", ["", "[::1", "a b"])
def test_a_malformed_host_is_no_host_of_ours(host: str) -> None:
    assert host_name(Headers({"host": host})) not in {"localhost", "127.0.0.1"}
