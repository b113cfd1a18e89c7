"""The page Risk limits within the shell, over desks in every state."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from etrms_core.domain.limits import DEFAULT_LIMITS
from etrms_core.engine.changes import SetLimits
from etrms_core.errors import StorageError
from etrms_core.services.desk import Desk
from tests.app.desks import empty_account, make_desk
from tests.app.owned_desk import desk_of_owner

ROOT = Path(__file__).parents[2]
SHELL, PAGE = ROOT / "app" / "shell.py", ROOT / "pages" / "risk_limits.py"


@pytest.fixture
def live() -> Iterator[Desk]:
    with desk_of_owner(is_live=True) as desk:
        yield desk


def show() -> AppTest:
    shown = AppTest.from_file(str(SHELL), default_timeout=60).run()
    shown.switch_page(str(PAGE)).run()
    assert not shown.exception
    return shown


def told(shown: AppTest) -> str:
    kinds = (shown.markdown, shown.text, shown.info, shown.error)
    return " ".join(each.value for kind in kinds for each in kind)


def test_a_busy_desk_shows_limits_accounts_what_waits_and_the_history(live: Desk) -> None:
    limits = replace(DEFAULT_LIMITS, maximum_leverage=2.0)
    live.commitment.ask(SetLimits(limits), by="ada")
    wanted = replace(limits, maximum_leverage=5.0)
    live.commitment.ask(SetLimits(wanted), by="ada", is_confirmed=True)
    shown = show()
    drawn = told(shown)
    assert shown.title[0].value == "Risk limits"
    for words in (
        "0.71x left",
        "12,950.50 USD",
        "Leverage from 2.00x to 5.00x",
        "in 59 min",
        "Change requested",
    ):
        assert words in drawn, words
    assert not shown.error
    assert "Export as TOML" in [each.proto.label for each in shown.get("download_button")]


def test_an_empty_desk_and_one_before_its_first_cycle_show_no_invented_figure() -> None:
    for desk, words in (
        (make_desk(empty_account), "10,000.00 USD"),
        (make_desk(), "The monitor has not finished its first cycle."),
    ):
        if words.endswith(" USD"):
            desk.refresh()
        runtime.set_desk(desk)
        drawn = told(show())
        runtime.set_desk(None)
        assert words in drawn
        assert "Nothing waits." in drawn


def test_a_section_that_fails_leaves_the_others(live: Desk) -> None:
    def fail() -> None:
        raise StorageError("the database is locked")

    live.commitment.pending = fail  # type: ignore[method-assign, assignment]
    shown = show()
    (error,) = shown.error
    assert error.value.startswith("The pending changes cannot be shown: the database is locked.")
    assert "1.29x" in told(shown)
