"""Limits in use, their editor and their history, within a page."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.components.limit_editor import limits_toml
from app.components.limit_tables import account_use_table, limit_change_table
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.limits import DEFAULT_LIMITS
from etrms_core.engine.changes import SetLimits
from etrms_core.engine.limits_document import parse_limits_toml
from etrms_core.services.desk import Desk
from tests.app.owned_desk import desk_of_owner


@pytest.fixture
def desk() -> Iterator[Desk]:
    with desk_of_owner() as running:
        yield running


def in_use() -> None:
    from app.components.limit_sections import accounts_in_use, limits_in_use  # noqa: PLC0415

    limits_in_use()
    accounts_in_use()


def history() -> None:
    from app.components.limit_sections import limits_history  # noqa: PLC0415  the script

    limits_history()


def editing() -> None:
    from app.components.limit_editor import limit_editor  # noqa: PLC0415  the script

    limit_editor()


def moving() -> None:
    from app.components.limit_editor import limit_transfer  # noqa: PLC0415  the script

    limit_transfer()


def show(script: Callable[[], None]) -> AppTest:
    shown = AppTest.from_function(script, default_timeout=60).run()
    assert not shown.exception
    return shown


def told(shown: AppTest) -> str:
    kinds = (shown.markdown, shown.text, shown.info, shown.error, shown.warning)
    return " ".join(each.value for kind in kinds for each in kind)


def test_every_limit_and_every_account_is_drawn(desk: Desk) -> None:
    desk.commitment.ask(SetLimits(replace(DEFAULT_LIMITS, maximum_leverage=2.0)), by="ada")
    drawn = told(show(in_use))
    for words in (
        "0.71x left",
        "36% of it",
        "Default",
        "Price collar",
        "all symbols",
        "of 20,099.00 USD",
        "main",
    ):
        assert words in drawn, words


def test_the_history_tells_changes_and_no_refusal_of_something_else(desk: Desk) -> None:
    assert "Nothing has happened yet." in told(show(history))
    desk.commitment.ask(SetLimits(replace(DEFAULT_LIMITS, maximum_leverage=2.0)), by="ada")
    for subject in ("commitment", "orders"):
        event = DeskEvent(desk.now(), DeskEventKind.REQUEST_REFUSED, subject, f"<b>{subject}</b>")
        desk._store.append_events([event])
    drawn = told(show(history))
    assert "maximum_leverage from unlimited to 2" in drawn
    assert "&lt;b&gt;commitment&lt;/b&gt;" in drawn
    assert "orders" not in drawn
    assert show(history).get("download_button")[0].proto.label == "Download CSV"


def test_the_form_opens_a_dialog_with_what_changes(desk: Desk) -> None:
    shown = show(editing)
    shown.number_input[0].set_value(3.0)
    shown.button(key="review_limits").click().run()
    assert not shown.exception
    drawn = told(shown)
    assert "Tightens" in drawn
    assert "3.00x" in drawn
    assert "Leave it as it is" in [each.label for each in shown.button]
    assert desk.limits.stored() == DEFAULT_LIMITS


def test_a_reset_is_a_change_like_any_other(desk: Desk) -> None:
    desk.commitment.ask(SetLimits(replace(DEFAULT_LIMITS, maximum_leverage=2.0)), by="ada")
    shown = show(moving)
    shown.button(key="reset_limits").click().run()
    assert not shown.exception
    drawn = told(shown)
    assert "Loosens" in drawn
    assert "needs your password" in drawn
    assert desk.limits.stored().maximum_leverage == 2.0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"maximum_leverage = -1", "Leverage must be above 0"),
        (b"leverage = 1", "Leverage is not a limit"),
        (b"\xff\xfe", "no text"),
        (b"[limits", "not TOML"),
        (b"a" + b".a" * 20 + b" = 1", "too many dots"),
        (b"#" * 70_000, "more than 64 KiB"),
        (b"", "Nothing is given"),
    ],
)
def test_a_wrong_file_changes_nothing_and_says_why(desk: Desk, content: bytes, words: str) -> None:
    shown = show(moving)
    shown.file_uploader(key="limits_file").set_value([("limits.toml", content, "text/plain")])
    shown.button(key="review_file").click().run()
    assert not shown.exception
    assert words in shown.error[0].value.replace("\\", "")
    assert desk.limits.stored() == DEFAULT_LIMITS


def test_a_good_file_is_reviewed(desk: Desk) -> None:
    shown = show(moving)
    shown.button(key="review_file").click().run()
    assert "Choose a file first." in told(shown)
    shown.file_uploader(key="limits_file").set_value(
        [("limits.toml", b"[limits]\nmaximum_leverage = 4\n", "text/plain")]
    )
    shown.button(key="review_file").click().run()
    assert not shown.exception
    assert "4.00x" in told(shown)
    assert desk.limits.stored() == DEFAULT_LIMITS


@pytest.mark.parametrize("symbols", [None, (), ("BTCUSDT", '"odd"\n')])
def test_an_exported_file_is_imported_as_it_was(symbols: tuple[str, ...] | None) -> None:
    limits = replace(DEFAULT_LIMITS, symbols=symbols, price_collar=1.0 / 30.0)
    assert parse_limits_toml(limits_toml(limits)) == limits


def test_empty_tables_say_so() -> None:
    assert "No account was read yet." in account_use_table(())
    assert "Nothing changes." in limit_change_table(())
