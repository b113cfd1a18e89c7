"""First run, login and logout in a browser."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.e2e.application import (
    OWNER,
    PASSWORD,
    Application,
    fill_login,
    log_in,
    running_application,
)
from tests.e2e.conftest import Console

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0
OTHER = "pepper glacier violin oak"
WRONG = "Username or password is wrong."


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Application]:
    with running_application(tmp_path / "home") as running:
        yield running


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Application]:
    with running_application(tmp_path / "home", has_owner=False) as running:
        yield running


def expect_figures(page: Page) -> None:
    expect(page.locator(".et-card").first).to_be_visible(timeout=20 * SECONDS)


def expect_login(page: Page) -> None:
    expect(page.get_by_role("button", name="Log in")).to_be_visible(timeout=20 * SECONDS)
    expect(page.locator(".et-card")).to_have_count(0)


def status_of(url: str, cookie: str = "") -> int:
    request = urllib.request.Request(url, headers={"cookie": cookie})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def session_cookie(page: Page) -> str:
    (cookie,) = [each for each in page.context.cookies() if each["name"].startswith("etrms_")]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
    return f"{cookie['name']}={cookie['value']}"


def test_the_first_run_makes_the_owner_and_keeps_the_deep_link(
    new: Application, browser: Browser
) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo")
    page = context.new_page()
    console = Console(page)
    page.goto(f"{new.url}/overview?account=main")
    page.get_by_label("Your name").fill("Ada", timeout=20 * SECONDS)
    page.get_by_role("textbox", name="Password", exact=True).fill("short")
    page.get_by_role("textbox", name="Repeat password").fill("short")
    expect(page.get_by_label("Code from the console")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Time zone")).to_have_value("Asia/Tokyo")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("The password has 5 characters, needs at least 10.")).to_be_visible()
    page.get_by_role("textbox", name="Password", exact=True).fill(PASSWORD)
    page.get_by_role("textbox", name="Repeat password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect_figures(page)
    assert page.url == f"{new.url}/overview?account=main"
    assert session_cookie(page)
    assert console.complaints == []
    context.close()


def test_a_login_keeps_the_deep_link_and_survives_a_reload(
    own: Application, stranger: Page
) -> None:
    console = Console(stranger)
    stranger.goto(f"{own.url}/overview?account=main")
    expect_login(stranger)
    started = monotonic()
    fill_login(stranger)
    expect_figures(stranger)
    assert monotonic() - started < 10.0
    assert stranger.url == f"{own.url}/overview?account=main"
    stranger.reload()
    expect_figures(stranger)
    assert console.complaints == []
    assert "ticket" not in stranger.content()


def test_a_wrong_password_and_then_the_wait_are_told(own: Application, stranger: Page) -> None:
    stranger.goto(own.url)
    for _ in range(4):
        fill_login(stranger, password=OTHER)
        expect(stranger.get_by_text(WRONG, exact=True)).to_be_visible(timeout=10 * SECONDS)
        stranger.reload()
    fill_login(stranger, password=OTHER)
    expect(stranger.get_by_text("try again in 30 s")).to_be_visible(timeout=10 * SECONDS)
    fill_login(stranger)
    waiting = re.compile(r"Too many wrong passwords\. Try again in \d+ s\.")
    expect(stranger.get_by_text(waiting)).to_be_visible(timeout=10 * SECONDS)
    own.stop()
    own.start()
    stranger.goto(own.url)
    fill_login(stranger)
    expect(stranger.get_by_text(waiting)).to_be_visible(timeout=10 * SECONDS)
    expect_login(stranger)


def test_a_copied_cookie_is_dead_after_logging_out_and_other_tabs_are_shut(
    own: Application, stranger: Page
) -> None:
    log_in(stranger, own, "/overview")
    cookie = session_cookie(stranger)
    tab = stranger.context.new_page()
    tab.goto(f"{own.url}/overview")
    expect_figures(tab)
    metrics = f"{own.url}/_stcore/metrics"
    assert status_of(metrics, cookie) == 200
    stranger.get_by_role("button", name="Log out").click()
    expect_login(stranger)
    # Whether it says why depends on what comes first: its own look, or a connection without cookie.
    expect_login(tab)
    assert status_of(metrics, cookie) == 403
    assert [each for each in stranger.context.cookies() if each["name"].startswith("etrms")] == []
    name, value = cookie.split("=")
    stranger.context.add_cookies([{"name": name, "value": value, "url": own.url}])
    stranger.goto(f"{own.url}/overview")
    expect_login(stranger)


def test_another_password_ends_what_is_open(own: Application, stranger: Page) -> None:
    log_in(stranger, own, "/overview")
    expect_figures(stranger)
    own.run_user_command("password", OTHER)
    expect_login(stranger)
    expect(stranger.get_by_text("The password was changed.")).to_be_visible()
    fill_login(stranger, password=OTHER)
    expect_figures(stranger)


def test_without_a_session_only_the_login_comes_over_the_wire(
    application: Application, stranger: Page
) -> None:
    received: list[bytes] = []
    stranger.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived",
            lambda frame: received.append(frame if isinstance(frame, bytes) else frame.encode()),
        ),
    )
    stranger.goto(f"{application.url}/overview")
    expect_login(stranger)
    stranger.wait_for_timeout(3 * SECONDS)
    everything = b"".join(received)
    assert b"Log in" in everything
    for secret in (b'et-card"', b"PAPER", b"USDT", b"Equity and drawdown", OWNER.encode() + b" "):
        assert secret not in everything


def test_files_figures_and_uploads_are_closed(application: Application) -> None:
    for path in ("/media/a.csv", "/_stcore/metrics", "/_stcore/upload_file/a/b", "/component/x"):
        assert status_of(application.url + path) == 403
    for path in ("/api/v1/health", "/_stcore/health", "/overview"):
        assert status_of(application.url + path) == 200
    assert status_of(f"{application.url}/auth/logout") == 404


@pytest.mark.parametrize("width", [1440, 375])
def test_the_entrance_is_accessible(application: Application, browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(application.url)
    expect_login(page)
    found = Axe().run(page).response["violations"]
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    context.close()
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found] == []
    assert overflow <= 0
