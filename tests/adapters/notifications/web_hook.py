"""A web server on this machine that writes down what it is sent."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class WebHook:
    """Answers every POST with `status`, or leads to `redirect_to`, or hangs until it is closed."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.status = 200
        self.redirect_to: str | None = None
        self.hangs = False
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.closed = Event()
        self._server = ThreadingHTTPServer((host, 0), self._handler())
        self.host = f"{host}:{self._server.server_port}"
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def close(self) -> None:
        """Stop answering."""
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.paths.append(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hook.bodies.append(json.loads(body))
                if hook.hangs:
                    hook.closed.wait()
                    return
                self.send_response(307 if hook.redirect_to else hook.status)
                if hook.redirect_to:
                    self.send_header("Location", hook.redirect_to)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                return

        return Handler


@contextmanager
def web_hook(host: str = "127.0.0.1") -> Iterator[WebHook]:
    """Open a web hook on a free port."""
    hook = WebHook(host)
    try:
        yield hook
    finally:
        hook.close()
