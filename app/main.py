"""The ASGI application: pages, API, and the desk that lives as long as they do."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from streamlit import config as streamlit_config

from app import runtime
from app.api.application import create_api
from app.api.errors import error_response
from app.authentication_routes import AUTHENTICATION_ROUTES

# What the first page draws with is imported before somebody waits for it.
from app.components import equity_chart, overview_sections  # noqa: F401
from app.deep_addresses import DeepAddresses
from app.logs import configure_logs
from app.page_frame import on_script_error
from app.session_gate import SessionGate
from app.web_security import AllowedHosts, SecurityHeaders
from etrms_core.bootstrap import start_desk
from etrms_core.errors import EtrmsError
from etrms_core.settings import home_directory, load_settings

SHELL = Path(__file__).resolve().with_name("shell.py")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@asynccontextmanager
async def run_desk(_app: st.App) -> AsyncIterator[None]:
    """Guard the accounts from before the first browser until the server stops."""
    try:
        desk = start_desk(home_directory())
    except EtrmsError as error:
        runtime.set_start_error(error)
        raise
    runtime.set_desk(desk)
    # What was imported stays: a collection that looks at it again costs more than a page.
    gc.collect()
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        runtime.set_desk(None)
        desk.close()


async def unknown_address(request: Request) -> Response:
    """Answer below /api and /auth in JSON, where Streamlit would answer with its page."""
    return error_response(HTTPStatus.NOT_FOUND, f"there is nothing at {request.url.path}")


configure_logs()
web = load_settings(home_directory()).web
runtime.set_behind_tls_proxy(is_behind=web.behind_tls_proxy)
allowed_hosts = {*LOOPBACK_NAMES, *web.allowed_hosts}
# Streamlit checks the host of its WebSocket by itself; both lists are the owner's.
streamlit_config.set_option("server.allowedHosts", sorted(allowed_hosts))
app = st.App(
    SHELL,
    lifespan=run_desk,
    routes=[
        Mount("/api/v1", app=create_api()),
        Route("/api", unknown_address, methods=ALL_METHODS),
        Route("/api/{path:path}", unknown_address, methods=ALL_METHODS),
        *AUTHENTICATION_ROUTES,
        Route("/auth/{path:path}", unknown_address, methods=ALL_METHODS),
    ],
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(AllowedHosts, names=allowed_hosts),
        Middleware(DeepAddresses),
        Middleware(SessionGate),
    ],
    on_script_error=on_script_error,
)
