"""Serving the application on this machine."""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from etrms_core.errors import ConfigurationError
from etrms_core.services.supervisor import Role
from etrms_core.settings import home_directory

if TYPE_CHECKING:
    import uvicorn

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("app", "etrms_core", "pages")
APPLICATION = "app.main:app"
BACKLOG = 128
# Streamlit's own values; browsers that are gone are noticed after at most twice as long.
PING_SECONDS = 30
# A browser that keeps its connection open must not hold up a restart.
GRACEFUL_SECONDS = 2
START_POLL_SECONDS = 0.02
ROLE_SECONDS = 0.5
ROLES = {
    Role.ACTIVE: "this process guards the accounts (active)",
    Role.STANDBY: "this process stands by; another one guards the accounts (standby)",
    Role.IDLE: "this process guards nothing (idle)",
}


def serve(
    host: str = "127.0.0.1",
    port: int = 8501,
    *,
    reload: bool = False,
    behind_tls_proxy: bool = False,
) -> None:
    """Serve pages, API and monitor until SIGINT or SIGTERM.

    Parameters
    ----------
    host : str
        An address of this machine; without the proxy one that only this machine reaches.
    reload : bool
        Start again whenever a source file changes.
    behind_tls_proxy : bool
        Whether browsers come through a proxy that speaks TLS.

    Raises
    ------
    ConfigurationError
        If other machines could reach the address without TLS, the port is in use, or a setting is
        wrong.
    StorageError
        If a database cannot be opened.
    """
    address = own_address(host, behind_tls_proxy=behind_tls_proxy)
    with listen(address, port) as listener:
        url = f"http://{f'[{address}]' if ':' in address else address}:{listener.getsockname()[1]}"
        # Streamlit reads its settings from the working directory.
        os.environ["ETRMS_HOME"] = str(home_directory().resolve())
        os.chdir(ROOT)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        compile_once()
        if reload:
            _run_and_reload(listener, url)
        else:
            run_application(url, sockets=[listener])


def compile_once() -> None:
    """Compile the kernels before the first start after they changed."""
    from etrms_core.kernels.compile_cache import is_complete  # noqa: PLC0415  numba is slow

    if is_complete():
        return
    from etrms_core.bootstrap.warm_up import warm_up  # noqa: PLC0415  rarely needed

    print("ETRMS compiles its kernels, once: about 10 s", flush=True)  # noqa: T201
    warm_up()


def say_role(role: Role, *, said: Role | None) -> Role:
    """Print what this process does for the desk if that is not what was said last; return it."""
    if role is not said:
        print(f"ETRMS: {ROLES[role]}", flush=True)  # noqa: T201
    return role


def own_address(host: str, *, behind_tls_proxy: bool) -> str:
    """Return the address to listen on that a host name or address stands for.

    Raises
    ------
    ConfigurationError
        If it is no address, or other machines could reach it without TLS.
    """
    name = "127.0.0.1" if host == "localhost" else host
    try:
        address = ip_address(name)
    except ValueError:
        raise ConfigurationError(
            f"is an address such as 127.0.0.1, was {host!r}", field="web.host"
        ) from None
    if not (address.is_loopback or behind_tls_proxy):
        raise ConfigurationError(
            f"ETRMS listens on this machine only (127.0.0.1), not on {host!r}: passwords would "
            "travel unencrypted; put a proxy with TLS before it and set web.behind_tls_proxy",
            field="web.host",
        )
    return str(address)


def listen(address: str, port: int) -> socket.socket:
    """Take a port, so that a port in use is known before anything heavy starts.

    Raises
    ------
    ConfigurationError
        If the port is in use or not allowed.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} is in use by another program; choose another with PORT="
        else:
            message = f"cannot listen on {address} port {port}: {error.strerror}"
        raise ConfigurationError(message) from error
    except OverflowError as error:
        listener.close()
        raise ConfigurationError(f"lies between 0 and 65535, was {port}", field="port") from error
    return listener


def run_application(url: str, *, sockets: list[socket.socket]) -> None:
    """Import the application, serve it and say where, until a signal stops it."""
    # Nothing that is imported now becomes garbage; the application collects once it has started.
    gc.disable()
    try:
        asyncio.run(_serve(url, sockets))
    except SystemExit:
        # So uvicorn ends when the desk cannot be opened: the reason is said once, by our caller.
        _raise_start_error()
        raise


async def _serve(url: str, sockets: list[socket.socket]) -> None:
    import uvicorn  # noqa: PLC0415  with the application below: a second's work after the port check

    from app import runtime  # noqa: PLC0415

    server = uvicorn.Server(
        uvicorn.Config(
            APPLICATION,
            ws="websockets-sansio",
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=GRACEFUL_SECONDS,
            access_log=False,
            server_header=False,
            log_level="warning",
        )
    )
    logging.getLogger("uvicorn.error").addFilter(lambda _: runtime.start_error() is None)
    serving = asyncio.create_task(server.serve(sockets=sockets))
    while not server.started and not serving.done():
        await asyncio.sleep(START_POLL_SECONDS)
    if server.started:
        mode = runtime.desk().health().mode.upper()
        print(f"ETRMS listens on {url} ({mode})", flush=True)  # noqa: T201
        await _say_roles(server, serving)
    await serving
    _raise_start_error()


async def _say_roles(server: "uvicorn.Server", serving: asyncio.Task[None]) -> None:
    from app import runtime  # noqa: PLC0415

    said = None
    # The desk is closed only after the server was told to stop.
    while not (server.should_exit or serving.done()):
        said = say_role(runtime.desk().role, said=said)
        await asyncio.wait([serving], timeout=ROLE_SECONDS)


def _raise_start_error() -> None:
    from app import runtime  # noqa: PLC0415

    if (error := runtime.start_error()) is not None:
        raise error from None


def _run_and_reload(listener: socket.socket, url: str) -> None:
    import uvicorn  # noqa: PLC0415
    from uvicorn.supervisors import ChangeReload  # noqa: PLC0415

    watched = uvicorn.Config(
        APPLICATION, reload=True, reload_dirs=[str(ROOT / name) for name in SOURCES]
    )
    ChangeReload(watched, target=partial(run_application, url), sockets=[listener]).run()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # uvicorn raises the signal again after its clean stop; a stop on request is a success.
    sys.exit(0)
