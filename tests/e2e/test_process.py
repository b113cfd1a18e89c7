"""The application as a process: ports, signals, a lost connection."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.application import Application, free_port, log_in, running_application

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Application]:
    with running_application(tmp_path / "home") as running:
        yield running


def run_to_the_end(application: Application, *extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own command
        [*application.command(), *extra],
        env=application.environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_port_in_use_is_one_line_and_the_first_goes_on(own: Application) -> None:
    second = run_to_the_end(own)
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr == (
        f"etrms: port {own.port} is in use by another program; choose another with PORT=\n"
    )
    assert own.health()[0] == 200


def test_an_address_that_others_reach_is_one_line(tmp_path: Path) -> None:
    refused = run_to_the_end(Application(tmp_path, free_port()), "--host", "0.0.0.0")  # noqa: S104
    assert refused.returncode == 1
    assert re.fullmatch(r"etrms: web\.host: ETRMS listens on this machine only.*\n", refused.stderr)


def test_a_wrong_setting_is_one_line_that_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "etrms.toml").write_text("[paper]\nspeeed = 1\n")
    refused = run_to_the_end(Application(tmp_path, free_port()))
    assert refused.returncode == 1
    assert re.fullmatch(r"etrms: .*paper\.speeed.*\n", refused.stderr)


def test_it_says_where_it_listens_and_stops_cleanly_while_a_browser_looks(
    own: Application, stranger: Page
) -> None:
    log_in(stranger, own)
    stranger.locator(".et-card").first.wait_for(timeout=20 * SECONDS)
    started = monotonic()
    written = own.stop()
    assert monotonic() - started < 5.0
    assert own.exit_code == 0
    assert written == (
        f"ETRMS listens on {own.url} (PAPER)\nETRMS: this process guards the accounts (active)\n"
    )


def test_an_interrupt_stops_it_cleanly(own: Application) -> None:
    own.signal(signal.SIGINT)
    written = own.wait()
    assert own.exit_code == 0
    assert "Traceback" not in written


def test_a_lost_connection_greys_the_figures_until_it_is_back(
    own: Application, stranger: Page
) -> None:
    page = stranger
    log_in(page, own)
    page.locator(".et-card").first.wait_for(timeout=20 * SECONDS)
    figures, notice = page.locator(".st-key-page"), page.locator(".et-lost")
    monitor = page.get_by_text("Monitor running", exact=True)
    expect(figures).to_have_css("opacity", "1")
    expect(monitor).to_be_visible()
    expect(notice).to_be_hidden()
    page.get_by_test_id("stMain").evaluate("each => each.scrollTo(0, each.scrollHeight)")
    own.stop()
    expect(figures).to_have_css("opacity", "0.35", timeout=10 * SECONDS)
    expect(monitor).to_be_hidden()
    expect(page.get_by_text("PAPER", exact=True).first).to_be_visible()
    # Also for who has scrolled down, and not below a dialog that speaks of something else.
    expect(notice).to_be_in_viewport()
    expect(notice).to_contain_text("The desk's server cannot be reached")
    expect(notice).to_contain_text("etrms status")
    dialog = page.get_by_test_id("stDialog")
    expect(dialog).to_have_css("opacity", "0", timeout=20 * SECONDS)
    expect(figures).to_have_css("opacity", "0.35")
    own.start()
    expect(figures).to_have_css("opacity", "1", timeout=30 * SECONDS)
    expect(notice).to_be_hidden()
    expect(dialog).to_have_count(0)
    expect(monitor).to_be_visible(timeout=20 * SECONDS)
    expect(page.get_by_text(re.compile(r"^updated \d s ago$"))).to_be_visible(timeout=20 * SECONDS)
