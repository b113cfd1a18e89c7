"""Halting, resuming and pausing in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.application import PASSWORD, Application, log_in, running_application

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Application]:
    with running_application(tmp_path / "home") as running:
        yield running


@pytest.fixture
def page(browser: Browser, own: Application) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    log_in(opened, own, "/overview")
    expect(opened.locator(".et-card").first).to_be_visible(timeout=20 * SECONDS)
    yield opened
    context.close()


def expect_halted(page: Page) -> None:
    expect(page.locator(".et-notice:not(.et-lost)").first).to_contain_text(
        "Portfolio is HALTED", timeout=15 * SECONDS
    )


def test_a_halt_by_keyboard_alone_and_the_way_back(page: Page) -> None:
    expect(page.get_by_role("button", name="Kill switch")).to_be_visible(timeout=15 * SECONDS)
    page.keyboard.press("Control+Shift+K")
    phrase = page.get_by_label("Type HALT to confirm")
    expect(phrase).to_be_visible(timeout=10 * SECONDS)
    phrase.focus()
    page.keyboard.type("HALT")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Trading is halted.")).to_be_visible(timeout=15 * SECONDS)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect_halted(page)
    page.get_by_role("button", name="Resume trading").click(timeout=15 * SECONDS)
    password = dialog.get_by_label("Password", exact=True)
    password.fill("something else entirely")
    dialog.get_by_role("button", name="Resume trading").click()
    refused = dialog.get_by_text("Nothing is changed. The password is wrong.")
    expect(refused).to_be_visible(timeout=10 * SECONDS)
    # What followed the halt does not draw over it.
    page.wait_for_timeout(2 * SECONDS)
    expect(refused).to_be_visible()
    expect(dialog.get_by_text("Trading is halted.")).to_have_count(0)
    password.fill(PASSWORD)
    dialog.get_by_role("button", name="Resume trading").click()
    expect(page.get_by_text("Portfolio is HALTED")).to_have_count(0, timeout=15 * SECONDS)
    expect(page.get_by_role("button", name="Pause trading")).to_be_visible(timeout=15 * SECONDS)


def test_a_halt_and_a_pause_survive_a_restart_under_the_open_page(
    page: Page, own: Application
) -> None:
    page.get_by_role("button", name="Pause trading").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Pause trading").click(timeout=10 * SECONDS)
    expect(page.locator(".et-notice:not(.et-lost)").first).to_contain_text(
        "a person paused trading", timeout=15 * SECONDS
    )
    page.get_by_role("button", name="Kill switch").click()
    dialog.get_by_label("Type HALT to confirm").fill("HALT", timeout=10 * SECONDS)
    dialog.get_by_role("button", name="Halt trading").click()
    expect(dialog.get_by_text("Trading is halted.")).to_be_visible(timeout=15 * SECONDS)
    own.stop()
    own.start()
    page.reload()
    expect_halted(page)
    expect(page.get_by_text("a person paused trading").first).to_be_visible()
