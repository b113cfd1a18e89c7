"""A backtest in a browser: run, watched, reloaded in the middle, cancelled, downloaded."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.e2e.application import Application, log_in, running_application

pytestmark = pytest.mark.e2e
SECONDS = 1_000.0
PATIENCE = 20 * SECONDS
LONG_PATIENCE = 120 * SECONDS
SLOW_STRATEGY = '''"""Takes its time, and wants nothing."""

from time import sleep

import pandas as pd

PARAMETERS = {}


def signals(bars: pd.DataFrame) -> pd.DataFrame:
    """Sleep, then hold nothing."""
    sleep(60.0)
    return pd.DataFrame({"target": 0.0}, index=bars.index)
'''


@pytest.fixture(scope="module")
def own_application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    home = tmp_path_factory.mktemp("backtests") / "home"
    strategies = home / "strategies"
    strategies.mkdir(parents=True)
    (strategies / "sleepy.py").write_text(SLOW_STRATEGY, encoding="utf-8")
    with running_application(home) as running:
        yield running


@pytest.fixture
def tab(own_application: Application, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1400})
    page = context.new_page()
    log_in(page, own_application, "/backtest")
    expect(page.get_by_role("button", name="Run backtest")).to_be_visible(timeout=PATIENCE)
    yield page
    context.close()


def choose(page: Page, label: str, option: str) -> None:
    """Choose from a list."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option).first.click()


def run(page: Page) -> None:
    """Start the run that the form describes, and see that the address names it."""
    page.get_by_role("button", name="Run backtest").click()
    expect(page).to_have_url(re.compile(r"\?run=[0-9a-f]{12}$"), timeout=PATIENCE)


def test_a_run_on_the_sample_shows_what_its_breakers_were_worth(tab: Page) -> None:
    tab.get_by_text("A preset", exact=True).click()
    expect(tab.get_by_text("with and without them")).to_be_visible(timeout=PATIENCE)
    run(tab)
    expect(tab.get_by_role("progressbar")).to_be_visible(timeout=PATIENCE)
    expect(tab.get_by_text(re.compile("The breakers (saved|cost|made)"))).to_be_visible(
        timeout=LONG_PATIENCE
    )
    expect(tab.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
    tab.get_by_text("Files", exact=True).click()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download CSV").click(timeout=PATIENCE)
    assert download.value.suggested_filename == "trades.csv"
    assert Path(download.value.path()).read_text().startswith("id,symbol,side")
    with tab.expect_download() as sheet:
        tab.get_by_role("button", name="Download tear sheet").click()
    assert "Plotly.newPlot" in Path(sheet.value.path()).read_text()


def test_a_run_survives_a_reload_and_is_cancelled_in_time(tab: Page) -> None:
    choose(tab, "Strategy", "sleepy")
    expect(tab.get_by_text("Takes its time")).to_be_visible(timeout=PATIENCE)
    run(tab)
    expect(tab.get_by_text("Runs the strategy").first).to_be_visible(timeout=LONG_PATIENCE)
    tab.reload()
    cancel = tab.get_by_role("button", name="Cancel job")
    expect(cancel).to_be_visible(timeout=PATIENCE)
    cancel.click()
    expect(tab.get_by_role("button", name="Start again")).to_be_visible(timeout=PATIENCE)
    expect(tab.get_by_text("Cancelled").first).to_be_visible(timeout=PATIENCE)


def test_three_fast_clicks_are_one_run(tab: Page) -> None:
    before = tab.get_by_role("table", name="Runs").get_by_role("row").count()
    button = tab.get_by_role("button", name="Run backtest")
    button.evaluate("each => { each.click(); each.click(); each.click(); }")
    expect(tab).to_have_url(re.compile(r"\?run="), timeout=PATIENCE)
    tab.wait_for_timeout(3 * SECONDS)
    assert tab.get_by_role("table", name="Runs").get_by_role("row").count() == before + 1


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (375, "dark")])
def test_nothing_is_cut_off_and_everything_is_accessible(
    own_application: Application, browser: Browser, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    log_in(page, own_application, "/backtest")
    expect(page.get_by_role("button", name="Run backtest")).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(2 * SECONDS)
    overflow = page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid="stMain"]')]
        .map(each => each.scrollWidth - each.clientWidth)"""
    )
    found = Axe().run(page, context={"include": [["[data-testid=stMain]"]]}).response["violations"]
    context.close()
    assert overflow == [0, 0]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found] == []
