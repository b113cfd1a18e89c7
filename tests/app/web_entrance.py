"""The web routes over a desk in memory, as a browser calls them."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from app import runtime
from app.authentication_routes import AUTHENTICATION_ROUTES
from app.session_gate import SessionGate
from etrms_core.services.desk import Desk
from etrms_core.services.sign_in import LoggedIn
from tests.app.desks import make_desk

NAME, PASSWORD = "ada", "anchor velvet comet ladder"
ORIGIN = "http://localhost:8501"


async def anything(request: Request) -> PlainTextResponse:
    """Answer with the path."""
    return PlainTextResponse(request.url.path, headers={"Cache-Control": "public, max-age=99"})


async def channel(socket: WebSocket) -> None:
    """Say hello."""
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@contextmanager
def owned_desk() -> Iterator[Desk]:
    """Run a desk with an owner, where nobody is signed in."""
    desk = make_desk(is_signed_in=False)
    desk.owner.create(NAME, PASSWORD)
    runtime.set_desk(desk)
    try:
        yield desk
    finally:
        runtime.set_desk(None)


def client(base_url: str = ORIGIN) -> TestClient:
    """Return a browser without a session."""
    routes = [
        *AUTHENTICATION_ROUTES,
        WebSocketRoute("/_stcore/stream", channel),
        WebSocketRoute("/_stcore/other", channel),
        Route("/{path:path}", anything, methods=["GET", "PUT", "POST", "DELETE"]),
    ]
    application = Starlette(routes=routes, middleware=[Middleware(SessionGate)])
    return TestClient(application, base_url=base_url, follow_redirects=False)


def ticket_of(desk: Desk) -> str:
    """Log in as the owner."""
    outcome = desk.sign_in.log_in(NAME, PASSWORD, address=None)
    assert isinstance(outcome, LoggedIn)
    return outcome.ticket


def sign_in(browser: TestClient, desk: Desk) -> None:
    """Give a browser its session."""
    answer = browser.get("/auth/accept", params={"ticket": ticket_of(desk), "next": "/"})
    assert "set-cookie" in answer.headers
