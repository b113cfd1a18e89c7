"""The shell around every page: app/shell.py."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.navigation import PAGES
from tests.app.desks import make_desk

SHELL = Path(__file__).parents[2] / "app" / "shell.py"


def test_the_bare_address_leads_to_the_first_page() -> None:
    desk = make_desk()
    desk.refresh()
    runtime.set_desk(desk)
    shown = AppTest.from_file(str(SHELL), default_timeout=60).run()
    runtime.set_desk(None)
    assert not shown.exception
    assert shown.title[0].value == PAGES[0].title


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.title)
def test_every_page_has_the_status_bar_above_it(entry: object) -> None:
    desk = make_desk()
    desk.refresh()
    runtime.set_desk(desk)
    shown = AppTest.from_file(str(SHELL), default_timeout=60).run()
    runtime.set_desk(None)
    assert "et-status" in shown.markdown[0].value
    assert "PAPER" in shown.markdown[0].value
