"""Breakers as a file, from a file and from a preset."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.components.breaker_transfer import ADD, REPLACE, import_change, rules_toml
from app.components.bullet_list import bullets
from app.components.rule_change_table import rule_change_table
from etrms_core.breakers.presets import PRESETS
from etrms_core.breakers.rule_document import parse_rules_toml
from etrms_core.engine.changes import changed_rules
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from tests.app.desks import make_desk, wait_for_status
from tests.app.readings import make_rule

TOML = b"""[[breakers]]
name = "evening loss"
metric = "daily_loss"
threshold = 0.05
actions = [{ kind = "notify" }]
"""


def page() -> None:
    from app.components.breaker_transfer import breaker_transfer  # noqa: PLC0415  the script

    breaker_transfer()


def review() -> None:
    import streamlit as st  # noqa: PLC0415  the function's source is the script

    from app.components.breaker_transfer import ADD, review_import  # noqa: PLC0415
    from app.components.confirm_change import open_change  # noqa: PLC0415
    from etrms_core.breakers.presets import PRESETS  # noqa: PLC0415

    if "opened" not in st.session_state:
        st.session_state["opened"] = True
        open_change()
    review_import(PRESETS["balanced"].rules, ADD)


@pytest.fixture
def desk() -> Iterator[Desk]:
    running = make_desk(rules=(make_rule("guard"),))
    runtime.set_desk(running)
    running.start()
    wait_for_status(running, HealthStatus.OK)
    yield running
    runtime.set_desk(None)
    running.close()


def show() -> AppTest:
    shown = AppTest.from_function(page, default_timeout=30).run()
    assert not shown.exception
    return shown


def press(shown: AppTest, key: str) -> AppTest:
    return next(each for each in shown.button if each.key and key in each.key).click().run()


def upload(shown: AppTest, content: bytes, name: str = "breakers.toml") -> AppTest:
    uploader = next(iter(shown.file_uploader))
    uploader.set_value((name, content, "text/plain"))
    return press(shown, "preview_file")


def text(shown: AppTest) -> str:
    return " ".join(each.value for each in shown.markdown).replace("\\", "")


def test_what_is_exported_can_be_imported_again() -> None:
    rules = PRESETS["balanced"].rules
    assert parse_rules_toml(rules_toml(rules)) == rules


def test_adding_keeps_the_others_and_replaces_the_same_name() -> None:
    old, other = make_rule("old"), make_rule("other")
    new = make_rule("old", threshold=0.05)
    assert changed_rules(import_change((old, other), (new,), ADD), (old, other)) == (new, other)
    assert changed_rules(import_change((old, other), (new,), REPLACE), (old, other)) == (new,)
    assert import_change((old,), (old,), ADD).edits == ()


def test_a_preset_is_shown_before_it_is_taken_over(desk: Desk) -> None:
    shown = press(show(), "preview_preset")
    drawn = text(shown)
    assert "Drawdown is at least 20%" in drawn
    assert "takes effect **at once**" in drawn
    assert len(desk.breakers.all()) == 1


def test_what_was_reviewed_is_taken_over_once(desk: Desk) -> None:
    shown = AppTest.from_function(review, default_timeout=30).run()
    press(shown, "change_now")
    assert len(desk.breakers.all()) == 1 + len(PRESETS["balanced"].rules)
    shown.run()
    assert "Nothing changes." in shown.info[0].value


def test_replacing_everything_says_what_is_removed_and_needs_the_password(desk: Desk) -> None:
    shown = show()
    shown.radio(key="preset_mode").set_value(REPLACE)
    press(shown, "preview_preset")
    assert "Removed" in text(shown)
    assert "guard: it is removed" in text(shown)
    assert [each.label for each in shown.text_input] == ["Password"]
    assert len(desk.breakers.all()) == 1


def test_a_file_is_shown_before_it_is_taken_over(desk: Desk) -> None:
    shown = upload(show(), TOML)
    assert "Daily loss is at least 5%" in text(shown)
    assert "takes effect **at once**" in text(shown)
    assert len(desk.breakers.all()) == 1


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"[[breakers]]\ncolour = 1\n", "a.toml", "Nothing is changed."),
        (b"{", "a.json", "Is not JSON"),
        (b"", "a.toml", "holds no breaker"),
        (b"\xff\xfe", "a.toml", "no text in UTF-8"),
        (b"x" * 300_000, "a.toml", "256 KiB"),
        (b'[{"name": "v", "metric": "value_at_risk"}]', "a.json", "this version lacks"),
    ],
)
def test_a_file_that_is_none_changes_nothing(
    desk: Desk, content: bytes, name: str, told: str
) -> None:
    shown = upload(show(), content, name)
    assert told in shown.error[0].value.replace("\\", "")
    assert len(desk.breakers.all()) == 1


def test_sending_without_a_file_asks_for_one(desk: Desk) -> None:
    shown = press(show(), "preview_file")
    assert shown.warning[0].value == "Choose a file first."
    assert desk.breakers.all()


def test_text_from_data_is_never_markup() -> None:
    assert bullets(["<b>*x*</b>", "y"]) == "- \\<b\\>\\*x\\*\\</b\\>\n- y"
    assert "No breaker changes" in rule_change_table(())
