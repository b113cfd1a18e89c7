"""One application and one browser for all tests that only look."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, StorageState, sync_playwright

from tests.e2e.application import Application, launch_browser, log_in, running_application

# Streamlit first looks for its server below the address of the page; the answer is no by design.
EXPECTED = "/_stcore/"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch_browser(playwright)
        yield started
        started.close()


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with running_application(tmp_path_factory.mktemp("desk") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def signed_in(application: Application, browser: Browser) -> StorageState:
    """Log in once; what a context of the browser needs to be the owner's."""
    context = browser.new_context()
    log_in(context.new_page(), application)
    state = context.storage_state()
    context.close()
    return state


class Console:
    """What a page complained about."""

    def __init__(self, page: Page) -> None:
        self.complaints: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("requestfailed", self._on_failure)

    def _on_failure(self, request: Request) -> None:
        # A page that is left while it loads asks for nothing more.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(request.url)

    def _on_console(self, message: object) -> None:
        kind, location = getattr(message, "type", ""), getattr(message, "location", {})
        if kind == "error" and EXPECTED not in str(location.get("url", "")):
            self.complaints.append(str(getattr(message, "text", "")))


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """Open a page in a browser without any cookie."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def page(browser: Browser, signed_in: StorageState) -> Iterator[Page]:
    """Open a page in the owner's browser."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=signed_in)
    yield context.new_page()
    context.close()
