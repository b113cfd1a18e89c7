"""The page Risk limits in a browser: tightening at once, loosening with the password."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.application import PASSWORD, Application, log_in, running_application
from tests.e2e.conftest import Console

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0
# Drawn by Streamlit in a way that we cannot change: the menu with sections, the place for a file.
NOT_OURS = {"exclude": [["[data-testid=stSidebarNav]"], ["[data-testid=stFileUploaderDropzone]"]]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("limits") / "home"


@pytest.fixture(scope="module")
def own(home: Path) -> Iterator[Application]:
    with running_application(home, "[limits]\nmaximum_leverage = 5\n") as running:
        yield running


@pytest.fixture
def limits(own: Application, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1200})
    page = context.new_page()
    log_in(page, own, "/risk_limits")
    number(page, "Leverage").wait_for(timeout=20 * SECONDS)
    yield page
    context.close()


def number(page: Page, label: str) -> Locator:
    return page.get_by_role("spinbutton", name=label)


def review(page: Page) -> Locator:
    page.get_by_role("button", name="Review changes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("table")).to_be_visible(timeout=10 * SECONDS)
    return dialog


def changes_of(home: Path) -> list[str]:
    query = "SELECT document FROM events WHERE kind = 'limits_changed' ORDER BY sequence"
    with closing(sqlite3.connect(f"file:{home}/etrms.db?mode=ro", uri=True)) as database:
        return [str(row[0]) for row in database.execute(query)]


def test_tightening_counts_at_once_and_loosening_asks_for_the_password(
    limits: Page, home: Path
) -> None:
    console = Console(limits)
    expect(limits.get_by_text("etrms.toml is tighter than what you set: Leverage")).to_be_visible()
    number(limits, "Position size").fill("50000")
    dialog = review(limits)
    expect(dialog.get_by_text("Tightens", exact=True)).to_be_visible()
    expect(dialog.get_by_label("Password")).to_have_count(0)
    dialog.get_by_role("button", name="Save the limits").click(click_count=3, delay=20)
    saved = "In effect now: Position size from no limit to 50,000.00 USD"
    expect(dialog.get_by_text(saved)).to_be_visible(timeout=10 * SECONDS)
    limits.wait_for_timeout(SECONDS)
    dialog.get_by_role("button", name="Close").click()
    expect(limits.get_by_role("dialog")).to_have_count(0)
    expect(limits.get_by_text(saved)).to_be_visible(timeout=10 * SECONDS)
    assert len(changes_of(home)) == 1

    # An emptied field is no limit.
    number(limits, "Position size").fill("")
    dialog = review(limits)
    expect(dialog.get_by_text("Loosens", exact=True)).to_be_visible()
    password = dialog.get_by_role("textbox", name="Password")
    password.fill("something else")
    password.press("Enter")
    expect(dialog.get_by_text("The password is wrong.")).to_be_visible(timeout=10 * SECONDS)
    assert len(changes_of(home)) == 1
    password.fill(PASSWORD)
    password.press("Enter")
    saved = "In effect now: Position size from 50,000.00 USD to no limit"
    expect(dialog.get_by_text(saved)).to_be_visible(timeout=10 * SECONDS)
    dialog.get_by_role("button", name="Close").click()
    expect(limits.get_by_role("dialog")).to_have_count(0)
    assert len(changes_of(home)) == 2
    assert console.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_the_page_is_accessible_and_fits(
    own: Application, browser: Browser, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 1200},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    log_in(page, own, "/risk_limits")
    number(page, "Leverage").wait_for(timeout=20 * SECONDS)
    found = Axe().run(page, context=NOT_OURS).response["violations"]
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    number(page, "Leverage").fill("2")
    review(page)
    in_dialog = Axe().run(page, context="[role=dialog]").response["violations"]
    context.close()
    told = [(each["id"], each["nodes"][0]["target"]) for each in (*found, *in_dialog)]
    assert told == []
    assert overflow <= 0
