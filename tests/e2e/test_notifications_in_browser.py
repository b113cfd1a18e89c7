"""Notifications in a browser: a channel is made, tried out and hangs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.adapters.notifications.web_hook import WebHook, web_hook
from tests.e2e.application import Application, log_in, running_application

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0
PASSPHRASE = "anchor velvet comet ladder seven"  # noqa: S105
CANARY = "canary4711"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    with running_application(tmp_path_factory.mktemp("notifying") / "home") as running:
        yield running


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with web_hook() as listening:
        yield listening


@pytest.fixture
def opened(desk: Application, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1200})
    page = context.new_page()
    log_in(page, desk, "/notifications")
    expect(page.get_by_role("heading", name="Channels", exact=True)).to_be_visible(
        timeout=20 * SECONDS
    )
    yield page
    context.close()


def open_vault(page: Page) -> None:
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("Repeat the passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Create the vault").click()
    expect(page.get_by_text("The vault is unlocked")).to_be_visible(timeout=20 * SECONDS)


def add_web_hook(page: Page, name: str, address: str) -> None:
    page.get_by_role("button", name="New channel").click()
    page.get_by_role("combobox", name="Service").click()
    page.get_by_role("option", name="Webhook").click()
    page.get_by_label("Address", exact=True).wait_for()
    page.get_by_label("Name of the channel").fill(name)
    page.get_by_label("Address", exact=True).fill(address)
    page.get_by_role("button", name="Save channel").click()
    # A private address is refused until it is allowed expressly.
    expect(page.get_by_text("leads into a private network")).to_be_visible(timeout=20 * SECONDS)
    page.get_by_text("It lies in my own network").click()
    page.get_by_role("button", name="Save channel").click()
    page.get_by_role("dialog").wait_for(state="detached", timeout=20 * SECONDS)


def test_a_channel_is_made_tried_out_and_never_blocks_the_page(opened: Page, hook: WebHook) -> None:
    open_vault(opened)
    add_web_hook(opened, "desk log", f"http://{hook.host}/{CANARY}?token={CANARY}")
    opened.get_by_role("button", name="Test", exact=True).click()
    expect(opened.get_by_text("The service took the test message")).to_be_visible(
        timeout=20 * SECONDS
    )
    titles = [body["title"] for body in hook.bodies]
    assert titles.count("ETRMS: test of a notification channel") == 1
    assert set(hook.paths) == {f"/{CANARY}?token={CANARY}"}
    assert CANARY not in opened.content()

    opened.get_by_role("button", name="Edit", exact=True).click()
    expect(opened.get_by_label("Address", exact=True)).to_have_value("")
    assert CANARY not in opened.content()
    opened.keyboard.press("Escape")
    opened.get_by_role("dialog").wait_for(state="detached")

    hook.hangs = True
    opened.wait_for_timeout(3.5 * SECONDS)
    opened.get_by_role("button", name="Test", exact=True).click()
    expect(opened.get_by_text("Still waiting for an answer")).to_be_visible(timeout=20 * SECONDS)
    # Meanwhile everything else on the page answers.
    opened.get_by_role("button", name="Switch off", exact=True).click()
    expect(opened.get_by_role("dialog").get_by_text("is switched off")).to_be_visible(
        timeout=3 * SECONDS
    )
    opened.keyboard.press("Escape")
    expect(opened.get_by_text("failed:")).to_be_visible(timeout=30 * SECONDS)
