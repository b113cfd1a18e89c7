"""The real application as a process of its own, and the browser that looks at it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
STOP_SECONDS = 5.0
OWNER, PASSWORD = "ada", "anchor velvet comet ladder"
LOGIN_TIMEOUT_MS = 20_000.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def browser_path() -> str:
    """Find the distribution's browser; without one the tests fail and are not skipped."""
    for name in BROWSERS:
        if (path := shutil.which(name)) is not None:
            return path
    raise RuntimeError(f"no browser found; install one of {', '.join(BROWSERS)}")


def launch_browser(playwright: Playwright) -> Browser:
    """Start the browser without a window."""
    return playwright.chromium.launch(executable_path=browser_path(), args=BROWSER_FLAGS)


class Application:
    """`etrms run` over a home folder on a port."""

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._home = home
        self._process: subprocess.Popen[str] | None = None
        self.seconds_to_health = 0.0
        self.exit_code: int | None = None

    @property
    def process_id(self) -> int:
        """Number of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self, *, within_seconds: float = 60.0) -> None:
        """Start, and wait until its health is not dead."""
        started = monotonic()
        self._process = subprocess.Popen(  # noqa: S603  our own command
            self.command(),
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while self.health()[0] != 200:
            if self._process.poll() is not None or monotonic() - started > within_seconds:
                raise RuntimeError(f"the application did not start: {self.stop()}")
            sleep(0.05)
        self.seconds_to_health = monotonic() - started

    def create_owner(self) -> None:
        """Create the owner by the command line."""
        self.run_user_command("create", PASSWORD)

    def run_user_command(self, command: str, password: str) -> None:
        """Run `etrms user` with a password as its input."""
        subprocess.run(  # noqa: S603  our own command
            [sys.executable, "-m", "app.cli", "user", command, OWNER],
            cwd=ROOT,
            env=self.environment(),
            input=f"{password}\n",
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    def command(self) -> list[str]:
        """Return the command that starts it."""
        return [sys.executable, "-m", "app.cli", "run", "--port", str(self.port)]

    def environment(self) -> dict[str, str]:
        """Return the environment that it runs in."""
        return {**os.environ, "ETRMS_HOME": str(self._home)}

    def health(self) -> tuple[int, dict[str, object]]:
        """Ask for its health; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/health", timeout=5) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, {}
        except OSError:
            return 0, {}

    def signal(self, number: int) -> None:
        """Send the process a signal."""
        os.kill(self.process_id, number)

    def wait(self) -> str:
        """Wait until it has ended, and return what it wrote to both outputs."""
        if self._process is None:
            return ""
        try:
            output, errors = self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self.exit_code = self._process.returncode
            self._process = None
        return output + errors

    def stop(self) -> str:
        """Stop it as a supervisor does, and return what it wrote to both outputs."""
        if self._process is None:
            return ""
        self._process.terminate()
        return self.wait()


def fill_login(page: Page, *, name: str = OWNER, password: str = PASSWORD) -> None:
    """Type a name and a password into the login form and send it."""
    page.get_by_role("textbox", name="Username").fill(name, timeout=LOGIN_TIMEOUT_MS)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def log_in(page: Page, application: Application, path: str = "/") -> None:
    """Open a page through the login form."""
    page.goto(application.url + path)
    fill_login(page)
    page.get_by_role("button", name="Log out").wait_for(state="attached", timeout=LOGIN_TIMEOUT_MS)


@contextmanager
def running_application(
    home: Path, settings: str = "", *, has_owner: bool = True
) -> Iterator[Application]:
    """Run the application over a new home with these settings."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "etrms.toml").write_text(settings)
    application = Application(home, free_port())
    if has_owner:
        application.create_owner()
    application.start()
    try:
        yield application
    finally:
        application.stop()
