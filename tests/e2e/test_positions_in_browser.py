"""Acting on positions in a browser, against the paper exchange."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.application import Application, log_in, running_application
from tests.e2e.conftest import Console

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0
# The bot opens a first position at once and then decides once per twenty seconds.
BOT_SECONDS = 90.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("positions") / "home"


@pytest.fixture(scope="module")
def desk(home: Path) -> Iterator[Application]:
    with running_application(home) as running:
        yield running


@pytest.fixture
def owner(browser: Browser, desk: Application) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    log_in(page, desk, "/positions")
    yield page
    context.close()


def first_button(page: Page, name: str) -> Locator:
    button = page.get_by_role("button", name=name, exact=True).first
    button.wait_for(timeout=BOT_SECONDS * SECONDS)
    return button


def own_fills(home: Path) -> int:
    """Count what the venue filled for a person."""
    with sqlite3.connect(f"file:{home / 'paper.db'}?mode=ro", uri=True) as database:
        query = "select count(*) from paper_fills where document like '%-manual-%'"
        return int(database.execute(query).fetchone()[0])


def test_three_fast_clicks_close_a_position_once_and_a_reload_shows_it(
    owner: Page, desk: Application, home: Path
) -> None:
    console = Console(owner)
    before = own_fills(home)
    first_button(owner, "Close").click()
    dialog = owner.get_by_role("dialog")
    expect(dialog.get_by_text("lets it pass")).to_be_visible(timeout=20 * SECONDS)
    confirm = dialog.get_by_role("button", name="Close position")
    confirm.click(click_count=3, delay=20)
    # A reload in the middle: what happened is what the venue and the database say.
    owner.goto(f"{desk.url}/positions")
    actions = owner.get_by_role("table", name="Your recent actions")
    expect(actions.get_by_text("Done", exact=True).first).to_be_visible(timeout=20 * SECONDS)
    assert own_fills(home) == before + 1
    assert console.complaints == []


def test_a_position_can_be_reduced_by_keyboard_alone(owner: Page, home: Path) -> None:
    before = own_fills(home)
    first_button(owner, "Reduce").focus()
    owner.keyboard.press("Enter")
    dialog = owner.get_by_role("dialog")
    confirm = dialog.get_by_role("button", name="Reduce position")
    expect(confirm).to_be_enabled(timeout=20 * SECONDS)
    for _ in range(20):
        owner.keyboard.press("Tab")
        if confirm.evaluate("each => each === document.activeElement"):
            break
    for _ in range(3):
        owner.keyboard.press("Enter")
    # The window may be gone by then: what counts is what the venue filled, and how often.
    for _ in range(20):
        if own_fills(home) > before:
            break
        owner.wait_for_timeout(1 * SECONDS)
    owner.wait_for_timeout(2 * SECONDS)
    assert own_fills(home) == before + 1
    actions = owner.get_by_role("table", name="Your recent actions")
    expect(actions.get_by_text(re.compile("filled at")).first).to_be_visible(timeout=20 * SECONDS)


def test_a_stop_is_placed_shown_and_cancelled(owner: Page) -> None:
    first_button(owner, "Protect").click()
    dialog = owner.get_by_role("dialog")
    trailing = dialog.get_by_role("spinbutton", name="Trailing stop")
    trailing.fill("5")
    trailing.press("Enter")
    place = dialog.get_by_role("button", name="Place the stops")
    place.click(timeout=20 * SECONDS)
    expect(dialog.get_by_text("Placed, it waits at the venue")).to_be_visible(timeout=20 * SECONDS)
    owner.keyboard.press("Escape")
    first_button(owner, "Cancel order").click()
    expect(dialog.get_by_text("This is the only stop of its position")).to_be_visible(
        timeout=20 * SECONDS
    )
    dialog.get_by_role("button", name="Cancel this order").click(click_count=3)
    expect(dialog.get_by_text("is cancelled")).to_be_visible(timeout=20 * SECONDS)
    owner.keyboard.press("Escape")
    expect(owner.get_by_text("No order waits at a venue.")).to_be_visible(timeout=20 * SECONDS)


@pytest.mark.parametrize("path", ["/positions", "/accounts"])
@pytest.mark.parametrize("width", [1440, 375])
def test_nothing_overflows_and_accessibility_has_no_finding(
    owner: Page, desk: Application, path: str, width: int
) -> None:
    owner.set_viewport_size({"width": width, "height": 900})
    owner.emulate_media(color_scheme="dark")
    owner.goto(desk.url + path)
    ready = (
        first_button(owner, "Close") if path == "/positions" else owner.locator(".et-card").first
    )
    ready.wait_for(timeout=BOT_SECONDS * SECONDS)
    if path == "/accounts":
        # The opening deposit is in the ledger, which was read in the background.
        ledger = owner.get_by_role("table", name="Ledger of paper")
        expect(ledger.get_by_text("Transfer")).to_be_visible(timeout=20 * SECONDS)
    owner.wait_for_timeout(2 * SECONDS)
    overflow = owner.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
        .map(each => each.scrollWidth - each.clientWidth)"""
    )
    assert overflow == [0, 0]
    # The menu is Streamlit's own markup; the overview's test looks at it.
    found = Axe().run(owner, context="[data-testid='stMain']").response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found] == []
