"""Circuit breakers and their history in a browser: made, edited, switched, deleted, fired."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.application import PASSWORD, Application, log_in, running_application

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0
PATIENCE = 20 * SECONDS
HOSTILE = "<img src=x onerror=alert(1)> **b** =1+1 [a](javascript:alert(1))"


@pytest.fixture(scope="module")
def own_application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with running_application(tmp_path_factory.mktemp("breakers") / "home") as running:
        yield running


@pytest.fixture
def tab(own_application: Application, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1400})
    page = context.new_page()
    log_in(page, own_application, "/circuit_breakers")
    expect(page.get_by_role("button", name="New breaker")).to_be_visible(timeout=PATIENCE)
    yield page
    context.close()


def row(page: Page, name: str) -> Locator:
    """Find the table of one breaker."""
    return page.get_by_role("table", name=name, exact=True)


def choose(page: Page, name: str, action: str) -> None:
    """Choose an action from the menu beside a breaker."""
    beside = page.locator("[class*=st-key-row_]").filter(has=row(page, name))
    beside.get_by_role("button", name="Actions").click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def make(page: Page, name: str, threshold: str = "12 %") -> None:
    """Make a breaker by the form."""
    page.get_by_role("button", name="New breaker").click()
    page.get_by_role("textbox", name="Name").fill(name, timeout=PATIENCE)
    page.get_by_role("textbox", name="Threshold").fill(threshold)
    expect(page.get_by_text("In plain words")).to_be_visible(timeout=PATIENCE)
    save(page)
    expect(page.get_by_text("In effect now")).to_be_visible(timeout=PATIENCE)
    expect(row(page, name)).to_be_visible(timeout=PATIENCE)


def save(page: Page) -> None:
    button = page.get_by_role("button", name="Save breaker").first
    expect(button).to_be_enabled(timeout=PATIENCE)
    button.click()


def confirm(page: Page, label: str, *, password: bool) -> None:
    dialog = page.get_by_role("dialog")
    if password:
        dialog.get_by_role("textbox", name="Password").fill(PASSWORD)
    dialog.get_by_role("button", name=label, exact=True).click()
    expect(dialog).to_have_count(0, timeout=PATIENCE)


def test_a_breaker_lives_from_making_to_deleting(tab: Page) -> None:
    make(tab, "evening loss")
    choose(tab, "evening loss", "Edit")
    tab.get_by_role("textbox", name="Threshold").fill("9 %", timeout=PATIENCE)
    expect(tab.get_by_text("is at least 9%, it fires")).to_be_visible(timeout=PATIENCE)
    save(tab)
    expect(row(tab, "evening loss").get_by_text("9%")).to_be_visible(timeout=PATIENCE)
    choose(tab, "evening loss", "Disable")
    confirm(tab, "Disable", password=True)
    expect(row(tab, "evening loss").get_by_text("Off", exact=True)).to_be_visible(timeout=PATIENCE)
    choose(tab, "evening loss", "Enable")
    confirm(tab, "Enable", password=False)
    expect(row(tab, "evening loss").get_by_text("Armed")).to_be_visible(timeout=PATIENCE)
    choose(tab, "evening loss", "Delete")
    confirm(tab, "Delete", password=True)
    expect(row(tab, "evening loss")).to_have_count(0, timeout=PATIENCE)


def test_a_breaker_is_made_by_the_keyboard_alone(tab: Page) -> None:
    tab.get_by_role("button", name="New breaker").focus()
    tab.keyboard.press("Enter")
    name = tab.get_by_role("textbox", name="Name")
    expect(name).to_be_visible(timeout=PATIENCE)
    name.focus()
    tab.keyboard.type("by keyboard")
    _tab_to(tab, "Threshold (%)")
    tab.keyboard.type("15 %")
    expect(tab.get_by_text("is at least 15%, it fires")).to_be_visible(timeout=PATIENCE)
    _tab_to(tab, "Save breaker")
    tab.keyboard.press("Enter")
    expect(row(tab, "by keyboard")).to_be_visible(timeout=PATIENCE)


def _tab_to(page: Page, label: str) -> None:
    read = "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(read) == label:
            return
    raise AssertionError(f"{label} cannot be reached by the Tab key")


def test_a_breaker_deleted_in_another_tab_is_told_and_nothing_typed_is_lost(
    tab: Page, own_application: Application
) -> None:
    make(tab, "two tabs")
    choose(tab, "two tabs", "Edit")
    tab.get_by_role("textbox", name="Threshold").fill("7 %", timeout=PATIENCE)
    expect(tab.get_by_text("is at least 7%, it fires")).to_be_visible(timeout=PATIENCE)
    other = tab.context.new_page()
    other.goto(f"{own_application.url}/circuit_breakers")
    expect(row(other, "two tabs")).to_be_visible(timeout=PATIENCE)
    choose(other, "two tabs", "Delete")
    confirm(other, "Delete", password=True)
    expect(tab.get_by_text("The breakers were changed elsewhere.")).to_be_visible(timeout=PATIENCE)
    save(tab)
    expect(tab.get_by_text("was deleted elsewhere")).to_be_visible(timeout=PATIENCE)
    expect(tab.get_by_role("textbox", name="Threshold")).to_have_value("7 %")
    save(tab)
    expect(row(tab, "two tabs").get_by_text("7%")).to_be_visible(timeout=PATIENCE)


def test_a_hostile_name_is_only_text(tab: Page) -> None:
    dialogs: list[str] = []
    tab.on("dialog", lambda each: dialogs.append(each.message))
    make(tab, HOSTILE)
    shown = row(tab, HOSTILE)
    expect(shown.get_by_role("rowheader").get_by_text(HOSTILE)).to_be_visible()
    assert tab.locator("img[src='x']").count() == 0
    choose(tab, HOSTILE, "Delete")
    expect(tab.get_by_role("dialog").get_by_text(HOSTILE).first).to_be_visible(timeout=PATIENCE)
    confirm(tab, "Delete", password=True)
    assert dialogs == []


def test_a_breaker_fired_on_paper_is_in_the_history_with_its_story(
    tab: Page, own_application: Application
) -> None:
    make(tab, "fire drill")
    choose(tab, "fire drill", "Test-fire on paper")
    dialog = tab.get_by_role("dialog")
    dialog.get_by_role("button", name="Fire it now").click(timeout=PATIENCE)
    expect(dialog.get_by_text("Done.")).to_be_visible(timeout=PATIENCE)
    tab.goto(f"{own_application.url}/breaker_history")
    table = tab.get_by_role("table", name="History of breakers").first
    expect(table.get_by_text("fire drill").first).to_be_visible(timeout=PATIENCE)
    expect(tab.locator(".js-plotly-plot")).to_be_visible(timeout=PATIENCE)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download CSV").click()
    assert download.value.suggested_filename == "breaker_history.csv"
    tab.get_by_role("combobox", name="Tell the whole story of").click()
    tab.get_by_role("option").filter(has_text="fire drill, triggered").first.click()
    expect(tab.get_by_role("table", name="What followed")).to_be_visible(timeout=PATIENCE)
    assert re.search(r"\?event=\d+$", tab.url)


@pytest.mark.parametrize("path", ["circuit_breakers", "breaker_history"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_nothing_is_cut_off_and_everything_is_accessible(
    own_application: Application, browser: Browser, path: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    log_in(page, own_application, f"/{path}")
    page.wait_for_timeout(3 * SECONDS)
    overflow = page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
        .map(each => each.scrollWidth - each.clientWidth)"""
    )
    # Streamlit's own menu and its field for files have findings of their own.
    main = {"include": [["[data-testid=stMain]"]], "exclude": [["[data-testid=stFileUploader]"]]}
    found = Axe().run(page, context=main).response["violations"]
    context.close()
    assert overflow == [0, 0]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found] == []
