"""The desk without the web: monitor and watchdog until a signal ends them."""

import signal
import threading
from pathlib import Path
from types import FrameType

from app.logs import configure_logs
from app.server import compile_once
from etrms_core.bootstrap import start_desk

WAKE_SECONDS = 0.5


def run_monitor(home: Path) -> None:
    """Guard the accounts, or stand by, until SIGINT or SIGTERM.

    Raises
    ------
    ConfigurationError, StorageError
        If the desk cannot be opened.
    """
    configure_logs()
    compile_once()
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    desk = start_desk(home)
    role = None
    try:
        while not ended.wait(WAKE_SECONDS):
            if desk.role is not role:
                role = desk.role
                print(f"ETRMS monitor: {role.value}", flush=True)  # noqa: T201
    finally:
        desk.close()
