"""Where a browser gets its session and gives it back: `/auth/accept`, `/auth/logout`."""

from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app import runtime
from app.api.errors import error_response
from app.session_cookie import clear_session_cookie, session_id_of, set_session_cookie

ACCEPT, LOG_OUT = "/auth/accept", "/auth/logout"
FIRST_PAGE = "/"
LONGEST_PATH = 2_000


def accept_address(ticket: str, path: str) -> str:
    """Return where a browser turns its ticket into a session, and then goes on to a page."""
    return f"{ACCEPT}?{urlencode({'ticket': ticket, 'next': path})}"


def own_path(path: str) -> str:
    """Return a path of this server as it is, and the first page instead of anything else."""
    is_own = (
        path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and path.isprintable()
        and len(path) <= LONGEST_PATH
    )
    return path if is_own else FIRST_PAGE


def accept(request: Request) -> Response:
    """Turn a ticket into a session and lead to the page that was asked for.

    Without a good ticket nothing but the leading happens, and the page asks for the password.
    """
    query = request.query_params
    session_id = runtime.desk().sign_in.accept(
        query.get("ticket", ""), user_agent=request.headers.get("user-agent", "")
    )
    answer = _led_to(own_path(query.get("next", FIRST_PAGE)))
    if session_id is not None:
        set_session_cookie(answer, session_id, request)
    return answer


def log_out(request: Request) -> Response:
    """End the session of a browser that asks from a page of ours."""
    if not comes_from_own_page(request):
        return error_response(
            HTTPStatus.FORBIDDEN, "only a page of this desk can log out", code="foreign_origin"
        )
    runtime.desk().sign_in.log_out(session_id_of(request))
    answer = _led_to(FIRST_PAGE)
    clear_session_cookie(answer, request)
    return answer


def comes_from_own_page(request: Request) -> bool:
    """Say whether a browser sent this from a page of ours, as its `Origin` tells."""
    origin = request.headers.get("origin", "")
    try:
        netloc = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(netloc) and netloc == request.headers.get("host")


def _led_to(path: str) -> RedirectResponse:
    headers = {"Cache-Control": "no-store"}
    return RedirectResponse(path, status_code=HTTPStatus.SEE_OTHER, headers=headers)


AUTHENTICATION_ROUTES = (
    Route(ACCEPT, accept, methods=["GET"]),
    Route(LOG_OUT, log_out, methods=["POST"]),
)
