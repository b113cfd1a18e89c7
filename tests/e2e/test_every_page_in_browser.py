"""What holds for every page: readable by everybody, nothing cut off, and soon there."""

from collections.abc import Callable
from statistics import quantiles
from time import monotonic
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, StorageState, expect

from app.navigation import PAGES, PageEntry
from tests.e2e.application import Application
from tests.e2e.conftest import Console

Record = Callable[[str, object], None]

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0
# Its menu, whose lists hold more than entries, and its place for files.
OF_STREAMLIT = [["[data-testid='stSidebarNav']"], ["[data-testid='stFileUploaderDropzone']"]]
SWITCHES = 30
SWITCH_SECONDS = 0.4
# This machine also runs the server, which a real browser does not slow down.
BUSY_FACTOR = 3.0


def open_page(page: Page, application: Application, entry: PageEntry) -> None:
    page.goto(f"{application.url}/{entry.path.stem}")
    expect(page.get_by_role("heading", level=1, name=entry.title)).to_be_visible(
        timeout=20 * SECONDS
    )
    page.wait_for_timeout(1.5 * SECONDS)


@pytest.mark.parametrize(("scheme", "width"), [("dark", 375), ("light", 1920)])
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path.stem)
def test_everybody_can_read_it_and_nothing_overflows(
    application: Application,
    browser: Browser,
    signed_in: StorageState,
    entry: PageEntry,
    scheme: Literal["dark", "light"],
    width: int,
) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 812}, storage_state=signed_in
    )
    page = context.new_page()
    console = Console(page)
    open_page(page, application, entry)
    found = Axe().run(page, context={"exclude": OF_STREAMLIT}).response["violations"]
    overflow = page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
        .map(each => each.scrollWidth - each.clientWidth)"""
    )
    context.close()
    assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found] == []
    assert overflow == [0, 0]
    assert console.complaints == []


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path.stem)
def test_without_a_login_an_address_shows_the_login_only(
    application: Application, stranger: Page, entry: PageEntry
) -> None:
    stranger.goto(f"{application.url}/{entry.path.stem}")
    expect(stranger.get_by_role("button", name="Log in")).to_be_visible(timeout=20 * SECONDS)
    expect(stranger.get_by_role("button", name="Kill switch")).to_have_count(0)
    expect(stranger.locator(".et-status, .et-card, table")).to_have_count(0)


def test_pages_are_switched_soon(
    application: Application, page: Page, record_property: Record
) -> None:
    open_page(page, application, PAGES[0])
    took = [switched(page, PAGES[number % len(PAGES)]) for number in range(1, SWITCHES)]
    p95 = quantiles(took, n=20)[-1]
    record_property("switch_p95_seconds", round(p95, 3))
    print(f"page switch p95 {p95 * 1000:.0f} ms")  # noqa: T201 (shown with -s and on failure)
    assert p95 <= SWITCH_SECONDS * BUSY_FACTOR


def switched(page: Page, entry: PageEntry) -> float:
    began = monotonic()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=entry.title, exact=True).click()
    page.get_by_role("heading", level=1, name=entry.title).wait_for(timeout=20 * SECONDS)
    return monotonic() - began
