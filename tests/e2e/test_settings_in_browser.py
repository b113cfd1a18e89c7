"""The page Settings in a browser: addresses, sessions, the password, long work."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.e2e.application import PASSWORD, Application, fill_login, log_in, running_application
from tests.e2e.conftest import Console

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0
# Drawn by Streamlit in a way that we cannot change.
NOT_OURS = {"exclude": [["[data-testid=stSidebarNav]"]]}
OTHER = "pepper glacier violin oak"
SECTIONS = ("Profile", "Sessions", "Desk", "Data", "Audit log", "Vault")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    home: Path = tmp_path_factory.mktemp("settings") / "home"
    with running_application(home) as running:
        yield running


def open_section(page: Page, own: Application, section: str) -> None:
    page.goto(f"{own.url}/settings?section={section.replace(' ', '+')}")
    heading = page.get_by_role("heading", name=section, exact=True)
    expect(heading).to_be_visible(timeout=20 * SECONDS)


def test_a_section_has_its_address_and_long_work_does_not_hold_the_page(
    own: Application, stranger: Page
) -> None:
    console = Console(stranger)
    log_in(stranger, own, "/settings")
    stranger.get_by_role("radio", name="Audit log").click()
    expect(stranger.get_by_role("heading", name="Audit log")).to_be_visible(timeout=10 * SECONDS)
    assert "section=Audit" in stranger.url
    stranger.get_by_role("button", name="Verify the log").click()
    expect(stranger.get_by_text("rows are what was written").first).to_be_visible(
        timeout=20 * SECONDS
    )
    stranger.get_by_role("button", name="Replay the decisions").click()
    expect(stranger.get_by_text("recorded cycles came out the same")).to_be_visible(
        timeout=30 * SECONDS
    )
    open_section(stranger, own, "Data")
    stranger.get_by_role("button", name="Back up now").click()
    expect(stranger.get_by_text("is written:")).to_be_visible(timeout=20 * SECONDS)
    assert console.complaints == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_every_section_is_accessible_and_fits(
    own: Application, browser: Browser, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 1200},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    log_in(page, own, "/settings")
    found = {}
    for section in SECTIONS:
        open_section(page, own, section)
        page.wait_for_timeout(1.5 * SECONDS)
        violations = Axe().run(page, context=NOT_OURS).response["violations"]
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        found[section] = [(each["id"], each["nodes"][0]["target"]) for each in violations]
    context.close()
    assert {section: each for section, each in found.items() if each} == {}


def test_another_password_ends_the_session_of_the_other_browser(
    own: Application, browser: Browser, stranger: Page
) -> None:
    context = browser.new_context()
    other = context.new_page()
    log_in(other, own, "/overview")
    expect(other.locator(".et-card").first).to_be_visible(timeout=20 * SECONDS)
    log_in(stranger, own, "/settings?section=Profile")
    for label, text in (
        ("Password now", PASSWORD),
        ("New password", OTHER),
        ("Repeat the new password", OTHER),
    ):
        stranger.get_by_role("textbox", name=label, exact=True).fill(text, timeout=20 * SECONDS)
    stranger.get_by_role("button", name="Change the password").click()
    for page in (stranger, other):
        expect(page.get_by_text("The password was changed.")).to_be_visible(timeout=20 * SECONDS)
        expect(page.locator(".et-card")).to_have_count(0)
    fill_login(other, password=OTHER)
    expect(other.locator(".et-card").first).to_be_visible(timeout=20 * SECONDS)
    context.close()
