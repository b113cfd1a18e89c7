"""The line to the desks of a home folder that run on this machine; it needs no disk.

Every running desk listens on a socket of its own, ``desk-<process id>.sock``. A caller sends one
JSON object in one line and gets JSON objects back, one in each line, until the desk hangs up.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from threading import Thread
from typing import Any

Document = Mapping[str, Any]

LONGEST_LINE = 8_192
LISTEN_SECONDS = 2.0


class DeskSocket:
    """Answers callers of this machine, each in a thread of its own, until it is closed.

    Parameters
    ----------
    home : path
        Folder in which the socket is made; others than its owner cannot use it.
    answer : callable
        Takes what a caller sent and yields what it is told.

    Raises
    ------
    OSError
        When the socket cannot be made.
    """

    def __init__(self, home: Path, answer: Callable[[Document], Iterator[Document]]) -> None:
        self._path = home / f"desk-{os.getpid()}.sock"
        _remove_dead_sockets(home)
        self._path.unlink(missing_ok=True)
        self._server = _Server(str(self._path), _Caller)
        self._server.answer = answer
        self._path.chmod(0o600)
        self._thread = Thread(target=self._server.serve_forever, name="desk-socket", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear nobody any more; answers that are under way end by themselves."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._path.unlink(missing_ok=True)


def call_desks(
    home: Path, wish: Document, *, first_within: float, next_within: float
) -> Iterator[Iterator[Document]]:
    """Send a wish to one running desk after the other, and yield what each of them answers.

    Parameters
    ----------
    first_within, next_within : float
        Seconds that the first answer and every later one may take; then the answers end.
    """
    for path in sorted(home.glob("desk-*.sock")):
        yield _answers(path, wish, first_within, next_within)


def _answers(
    path: Path, wish: Document, first_within: float, next_within: float
) -> Iterator[Document]:
    with closing(socket.socket(socket.AF_UNIX)) as line, suppress(OSError, ValueError):
        line.settimeout(first_within)
        line.connect(str(path))
        line.sendall(json.dumps(wish).encode() + b"\n")
        with line.makefile("rb") as answers:
            while text := answers.readline(LONGEST_LINE):
                line.settimeout(next_within)
                yield json.loads(text)


class _Server(ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False
    answer: Callable[[Document], Iterator[Document]]


class _Caller(StreamRequestHandler):
    timeout = LISTEN_SECONDS
    server: _Server

    def handle(self) -> None:
        with suppress(OSError, ValueError, RecursionError):
            wish = json.loads(self.rfile.readline(LONGEST_LINE))
            if isinstance(wish, dict):
                for document in self.server.answer(wish):
                    self.wfile.write(json.dumps(document).encode() + b"\n")


def _remove_dead_sockets(home: Path) -> None:
    """Remove what killed processes left behind."""
    for path in home.glob("desk-*.sock"):
        with closing(socket.socket(socket.AF_UNIX)) as line:
            line.settimeout(LISTEN_SECONDS)
            try:
                line.connect(str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)
            except OSError:
                continue
