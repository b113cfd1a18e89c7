"""Take the pictures of the documentation from the running application.

Usage: `.venv/bin/python docs/make_pictures.py [FOLDER]`; takes about five minutes. Without a folder
it writes what the documentation shows: every page, dark and wide. Into a folder it writes every
page in both themes and sizes, to look at before a release.
"""

import sys
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from app.navigation import PAGES
from tests.e2e.application import Application, launch_browser, log_in, running_application

IMAGES = Path(__file__).with_name("images")
# Half a day of market passes while the bot opens its positions.
SETTINGS = """
[paper]
speed = 200
seed = 11
"""
LIVELY_AFTER_MS = 150_000
LARGEST_BYTES = 400_000
# What a reader sees without scrolling far.
TALLEST = 1_400
Theme = Literal["dark", "light"]
WIDE, PHONE = (1440, 900), (375, 812)
SHOWN: dict[str, tuple[Theme, tuple[int, int]]] = {"": ("dark", WIDE)}
ALL: dict[str, tuple[Theme, tuple[int, int]]] = {
    **SHOWN,
    "_light": ("light", WIDE),
    "_phone": ("dark", PHONE),
    "_phone_light": ("light", PHONE),
}


def take_pictures(folder: Path, looks: dict[str, tuple[Theme, tuple[int, int]]]) -> None:
    """Write a picture of every page in each of these looks."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        running_application(Path(home) / "home", SETTINGS) as application,
        sync_playwright() as playwright,
    ):
        browser = launch_browser(playwright)
        take_login(browser, application, folder)
        owner = let_it_live(browser, application)
        for suffix, (scheme, (width, height)) in looks.items():
            context = browser.new_context(
                color_scheme=scheme,
                viewport={"width": width, "height": height},
                storage_state=owner,
            )
            for entry in PAGES:
                page = context.new_page()
                page.goto(f"{application.url}/{entry.path.stem}")
                page.get_by_role("heading", level=1).wait_for()
                save(upper_page(page, width), folder / f"{entry.path.stem}{suffix}.png")
                page.close()
            context.close()


def take_login(browser: Browser, application: Application, folder: Path) -> None:
    """Take the page at which everybody begins."""
    page = browser.new_page(color_scheme="dark", viewport={"width": 1440, "height": 700})
    page.goto(application.url)
    page.get_by_role("button", name="Log in").wait_for()
    save(page.screenshot(), folder / "login.png")
    page.close()


def let_it_live(browser: Browser, application: Application) -> StorageState:
    """Log in, and wait until there are positions and a curve to show."""
    context = browser.new_context()
    page = context.new_page()
    log_in(page, application, "/overview")
    page.get_by_role("table", name="Open positions").wait_for()
    page.wait_for_timeout(LIVELY_AFTER_MS)
    owner = context.storage_state()
    context.close()
    return owner


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
    if len(sys.argv) > 1:
        take_pictures(Path(sys.argv[1]), ALL)
    else:
        take_pictures(IMAGES, SHOWN)
