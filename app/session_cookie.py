"""The cookie that holds the id of a session."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app import runtime


def cookie_name() -> str:
    """Return the cookie's name; browsers share cookies between all ports of a machine."""
    return f"etrms_{runtime.desk().sign_in.desk_id}"


def session_id_of(connection: HTTPConnection) -> str | None:
    """Return the session id that a request brings."""
    return connection.cookies.get(cookie_name())


def set_session_cookie(response: Response, session_id: str, request: HTTPConnection) -> None:
    """Give a browser its session id, out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(), session_id, httponly=True, samesite="strict", secure=_is_secure(request)
    )


def clear_session_cookie(response: Response, request: HTTPConnection) -> None:
    """Take the session id away from a browser."""
    response.delete_cookie(
        cookie_name(), httponly=True, samesite="strict", secure=_is_secure(request)
    )


def _is_secure(request: HTTPConnection) -> bool:
    # Behind a proxy the request itself comes without TLS.
    return request.url.scheme == "https" or runtime.is_behind_tls_proxy()
