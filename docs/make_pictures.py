"""Take the pictures of the documentation from the running application.

Usage: `.venv/bin/python docs/make_pictures.py [FOLDER]`; takes about five minutes.
"""

import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.application import Application, launch_browser, running_application

IMAGES = Path(__file__).with_name("images")
# Half a day of market passes while the bot opens its positions.
SETTINGS = """
[paper]
speed = 200
seed = 11
"""
LIVELY_AFTER_MS = 240_000
LARGEST_BYTES = 400_000
# What a reader sees without scrolling far.
TALLEST = 1_400
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
SIZES = {"": (1440, 900), "_phone": (375, 812)}


def take_pictures(folder: Path) -> None:
    """Write overview pictures of both themes and sizes; `overview.png` is the dark wide one."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        running_application(Path(home) / "home", SETTINGS) as application,
        sync_playwright() as playwright,
    ):
        browser = launch_browser(playwright)
        wait_for_life(browser, application)
        for scheme in THEMES:
            for suffix, (width, height) in SIZES.items():
                name = f"overview{suffix}{'' if scheme == 'dark' else '_light'}.png"
                context = browser.new_context(
                    color_scheme=scheme, viewport={"width": width, "height": height}
                )
                page = context.new_page()
                page.goto(application.url)
                page.locator(".js-plotly-plot").first.wait_for()
                page.get_by_text("1 h", exact=True).click()
                save(upper_page(page, width), folder / name)
                context.close()


def wait_for_life(browser: Browser, application: Application) -> None:
    """Wait until there are positions and a curve to show."""
    page = browser.new_page()
    page.goto(application.url)
    page.get_by_role("table", name="Open positions").wait_for()
    page.wait_for_timeout(LIVELY_AFTER_MS)
    page.close()


def upper_page(page: Page, width: int) -> bytes:
    """Take the upper part of the page; Streamlit scrolls inside, so the window grows first."""
    page.wait_for_timeout(2_500)
    height = page.evaluate(
        """document.querySelector('[data-testid="stMainBlockContainer"]').scrollHeight"""
    )
    page.set_viewport_size({"width": width, "height": min(int(height), TALLEST)})
    page.wait_for_timeout(2_000)
    return page.screenshot()


def save(picture: bytes, path: Path) -> None:
    """Write a picture with a palette, which keeps text sharp and the file small."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise SystemExit(f"{path} has {size} bytes, more than {LARGEST_BYTES}")
    print(f"{path}: {size} bytes")  # noqa: T201  what a script tells


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
