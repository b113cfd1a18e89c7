"""No page shows anything to somebody who is not signed in, however it is reached."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.navigation import PAGES
from tests.app.desks import sign_in_everybody
from tests.app.web_entrance import owned_desk

ROOT = Path(__file__).parents[2]
SHELL = ROOT / "app" / "shell.py"
SCRIPTS = sorted(path for path in (ROOT / "pages").rglob("*.py") if not path.stem.startswith("_"))


def entrance() -> None:
    from app.login_gate import require_owner  # noqa: PLC0415  the function's source is the script

    require_owner()


@pytest.fixture(autouse=True)
def busy_desk() -> Iterator[object]:
    with owned_desk() as desk:
        desk.refresh()
        yield desk


def everything_on(shown: AppTest) -> list[tuple[str, str]]:
    """Kind and text of every element, but the style sheet and the notice that it hides."""
    assert not shown.exception
    found = []
    blocks = [shown.main, shown.sidebar]
    while blocks:
        for child in blocks.pop().children.values():
            if hasattr(child, "children"):
                blocks.append(child)
            if not any(mark in str(child.proto) for mark in ("<style>", "et-lost")):
                text = getattr(child, "value", None) or getattr(child, "label", "")
                found.append((child.type, str(text)))
    return found


def seen_by_a_stranger() -> list[tuple[str, str]]:
    return everything_on(AppTest.from_function(entrance, default_timeout=30).run())


def test_there_are_pages_to_guard() -> None:
    assert len(SCRIPTS) == len(PAGES) > 0
    assert ("title", "ETRMS") in seen_by_a_stranger()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_page_run_by_itself_shows_the_login_only(script: Path) -> None:
    shown = AppTest.from_file(str(script), default_timeout=30).run()
    assert everything_on(shown) == seen_by_a_stranger()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_page_within_the_shell_shows_the_login_only(script: Path) -> None:
    shown = AppTest.from_file(str(SHELL), default_timeout=60).run()
    shown.switch_page(str(script)).run()
    assert everything_on(shown) == seen_by_a_stranger()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_owner_sees_more_than_that(script: Path, busy_desk: object) -> None:
    sign_in_everybody(busy_desk)
    shown = AppTest.from_file(str(script), default_timeout=60).run()
    assert ("title", "ETRMS") not in everything_on(shown)


def callbacks_in(source: str) -> list[str]:
    """Name the widgets' arguments that are called before the script, and so before its guard."""
    return [
        keyword.arg
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in {"on_click", "on_change", "on_submit", "on_select"}
        and not isinstance(keyword.value, ast.Constant)
    ]


def test_nothing_that_was_typed_is_looked_at_before_the_guard() -> None:
    assert callbacks_in("st.button('Sell', on_click=sell)") == ["on_click"]
    assert callbacks_in("st.download_button('CSV', data, on_click='ignore')") == []
    scripts = [path for folder in ("app", "pages") for path in (ROOT / folder).rglob("*.py")]
    found = {path.name: callbacks_in(path.read_text(encoding="utf-8")) for path in scripts}
    assert {name: names for name, names in found.items() if names} == {}
