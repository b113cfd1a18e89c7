"""What Streamlit serves besides pages goes to the signed-in owner only."""

from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import runtime
from app.api.errors import error_response
from app.session_cookie import session_id_of
from app.web_security import POLICY_VIOLATION
from etrms_core.engine.sign_in_ports import WebSession

# Files, figures of the process, uploads, parts of pages; a path that is new there is closed.
CLOSED = ("/_stcore/", "/media/", "/component/", "/app/static/")
# What the login itself is drawn with; the channel carries nothing but that before a login.
OPEN = frozenset(
    {
        "/_stcore/health",
        "/_stcore/script-health-check",
        "/_stcore/host-config",
        "/_stcore/stream",
    }
)


class SessionGate:
    """Refuses closed paths without a session, and keeps their answers out of every cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        if scope["type"] not in {"http", "websocket"} or not is_closed(scope["path"]):
            await self._app(scope, receive, send)
        elif await run_in_threadpool(_has_session, HTTPConnection(scope)):
            await self._app(scope, receive, _uncached(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            answer = error_response(HTTPStatus.FORBIDDEN, "log in first", code="not_signed_in")
            await answer(scope, receive, _uncached(send))


def is_closed(path: str) -> bool:
    """Say whether a path is for the signed-in owner only."""
    return f"{path}/".startswith(CLOSED) and path not in OPEN


def _has_session(connection: HTTPConnection) -> bool:
    found = runtime.desk().sign_in.look_up(session_id_of(connection))
    return isinstance(found, WebSession)


def _uncached(send: Send) -> Send:
    async def send_uncached(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Cache-Control"] = "no-store"
        await send(message)

    return send_uncached
