"""The overview of a living desk, in a browser."""

import re
from time import monotonic
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.e2e.application import Application
from tests.e2e.conftest import Console

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0
SIZES = [(375, 812), (768, 1024), (1440, 900), (1920, 1080)]


def open_overview(page: Page, application: Application, path: str = "/") -> None:
    page.goto(application.url + path)
    expect(page.get_by_role("heading", name="Positions", exact=True)).to_be_visible(
        timeout=20 * SECONDS
    )
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=20 * SECONDS)


def test_health_answers_within_ten_seconds_and_the_page_paints_within_three(
    application: Application, page: Page
) -> None:
    assert application.seconds_to_health <= 10.0
    opened = monotonic()
    page.goto(application.url)
    page.locator(".et-card").first.wait_for(timeout=20 * SECONDS)
    assert monotonic() - opened <= 3.0


def test_the_bare_address_leads_to_the_overview(application: Application, page: Page) -> None:
    open_overview(page, application)
    assert page.url == f"{application.url}/overview"
    assert page.title() == "Overview - ETRMS"


def test_it_is_labelled_paper_and_counts_the_seconds(application: Application, page: Page) -> None:
    open_overview(page, application)
    expect(page.get_by_text("PAPER", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"^updated \d s ago$"))).to_be_visible()


def test_positions_and_events_of_the_bot_appear_and_figures_move(
    application: Application, page: Page
) -> None:
    open_overview(page, application)
    first_row = page.get_by_role("table", name="Open positions").get_by_role("rowheader").first
    expect(first_row).to_be_visible(timeout=40 * SECONDS)
    events = page.get_by_role("table", name="Recent events")
    expect(events.get_by_text("Position opened").first).to_be_visible()
    equity = page.locator(".et-figure").first
    shown = equity.inner_text()
    expect(equity).not_to_have_text(shown, timeout=15 * SECONDS)


def test_nothing_complains_and_nothing_is_fetched_from_elsewhere(
    application: Application, page: Page
) -> None:
    console, elsewhere = Console(page), []
    page.on("request", lambda each: elsewhere.append(each.url))
    open_overview(page, application)
    page.wait_for_timeout(3 * SECONDS)
    assert console.complaints == []
    own = (application.url, application.url.replace("http", "ws"), "data:", "blob:")
    assert [url for url in elsewhere if not url.startswith(own)] == []
    body = page.locator("body").inner_text()
    assert "Traceback" not in body
    assert "cannot be shown" not in body


def test_a_deep_link_opens_the_same_page(application: Application, page: Page) -> None:
    console = Console(page)
    open_overview(page, application, "/overview")
    assert page.url == f"{application.url}/overview"
    assert console.complaints == []


def test_a_refresh_keeps_focus_scroll_and_zoom(application: Application, page: Page) -> None:
    open_overview(page, application)
    page.get_by_role("table", name="Open positions").wait_for(timeout=40 * SECONDS)
    page.evaluate("window.kept = document.querySelector('.et-card .et-help'); kept.focus()")
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=5)
    page.mouse.up()
    read_range = "document.querySelector('.js-plotly-plot').layout.xaxis.range.map(String)"
    zoomed = page.evaluate(read_range)
    page.evaluate("kept.focus()")
    page.wait_for_timeout(4 * SECONDS)
    assert page.evaluate(read_range) == zoomed
    assert page.evaluate("document.activeElement === window.kept")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
def test_accessibility_has_no_finding_of_ours(
    application: Application,
    browser: Browser,
    signed_in: StorageState,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    context = browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        storage_state=signed_in,
    )
    page = context.new_page()
    open_overview(page, application)
    page.get_by_role("table", name="Open positions").wait_for(timeout=40 * SECONDS)
    page.wait_for_timeout(SECONDS)
    # Streamlit's own menu has lists that hold more than entries.
    menu = {"exclude": [["[data-testid='stSidebarNav']"]]}
    found = Axe().run(page, context=menu).response["violations"]
    context.close()
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found] == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_overflows_and_no_figure_is_cut_off(
    application: Application, browser: Browser, signed_in: StorageState, width: int, height: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height}, storage_state=signed_in
    )
    page = context.new_page()
    open_overview(page, application)
    page.get_by_role("table", name="Open positions").wait_for(timeout=40 * SECONDS)
    overflow = page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
        .map(each => each.scrollWidth - each.clientWidth)"""
    )
    cut = page.evaluate(
        """() => [...document.querySelectorAll('.et-figure, .et-line dd, .et-cell')]
        .filter(each => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0)
        .map(each => each.textContent)"""
    )
    context.close()
    assert overflow == [0, 0]
    assert cut == []


@pytest.fixture
def explained(page: Page, application: Application) -> Page:
    open_overview(page, application)
    return page


def test_a_figure_explains_itself_by_keyboard(explained: Page) -> None:
    explained.locator(".et-card .et-help").first.focus()
    shown = explained.evaluate(
        "getComputedStyle(document.querySelector('.et-card .et-help'), '::after').content"
    )
    assert "Wallet balance" in shown
