"""The desk without the web: monitor and watchdog until a signal ends them."""

import signal
import threading
from pathlib import Path
from types import FrameType

from app.logs import configure_logs
from app.server import ROLE_SECONDS, compile_once, say_role
from etrms_core.bootstrap import start_desk


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
        while not ended.wait(ROLE_SECONDS):
            role = say_role(desk.role, said=role)
    finally:
        desk.close()
