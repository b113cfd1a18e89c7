"""The desk of this process, set by the application's lifespan."""

from etrms_core.errors import ConfigurationError, EtrmsError
from etrms_core.services.desk import Desk


class _Process:
    """What exists once per process; pages and API read it, only the lifespan sets it."""

    desk: Desk | None = None
    start_error: EtrmsError | None = None
    behind_tls_proxy: bool = False


def desk() -> Desk:
    """Return the running desk.

    Raises
    ------
    ConfigurationError
        If this process runs none, such as a page started by itself.
    """
    if _Process.desk is None:
        raise ConfigurationError("no desk runs in this process; start it with `etrms run`")
    return _Process.desk


def set_desk(desk: Desk | None) -> None:
    """Make a desk the one of this process, or forget it."""
    _Process.desk = desk


def start_error() -> EtrmsError | None:
    """Return why the desk could not be started, None when it could."""
    return _Process.start_error


def set_start_error(error: EtrmsError | None) -> None:
    """Remember why the desk could not be started."""
    _Process.start_error = error


def is_behind_tls_proxy() -> bool:
    """Whether browsers come through a proxy that speaks TLS."""
    return _Process.behind_tls_proxy


def set_behind_tls_proxy(*, is_behind: bool) -> None:
    """Remember whether browsers come through a proxy that speaks TLS."""
    _Process.behind_tls_proxy = is_behind
