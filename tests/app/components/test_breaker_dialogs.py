"""What can be done with one breaker: said before, done once, and only with the password."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.components.drill_view import why_not
from app.components.rule_preview import drilled
from app.presenters.breaker_lines import can_be_reset
from etrms_core.breakers.rules import ActionKind, BreakerAction
from etrms_core.domain.events import BreakerEventKind
from etrms_core.risk.metrics import Metric
from etrms_core.services.breaker_history import HistoryQuery
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from tests.app.desks import make_desk, wait_for_status
from tests.app.readings import make_rule
from tests.services.test_monitor_thread import wait_for

PASSWORD = "anchor velvet comet ladder"  # noqa: S105
LATCHED = make_rule(
    "latched",
    metric=Metric.GROSS_EXPOSURE,
    threshold=1.0,
    latched=True,
    actions=(BreakerAction(ActionKind.PAUSE_TRADING, 60.0),),
)
GUARD, OFF = make_rule("guard"), make_rule("off", enabled=False)


def dialog() -> None:
    import streamlit as st  # noqa: PLC0415  the function's source is the script

    from app import runtime  # noqa: PLC0415
    from app.components import breaker_dialogs, drill_view  # noqa: PLC0415
    from app.components.confirm_change import open_change  # noqa: PLC0415

    if "opened" not in st.session_state:
        st.session_state["opened"] = True
        open_change()
        drill_view.begin_fire()
    rule = runtime.desk().breakers.get(st.session_state["rule_id"])
    {
        "enable": breaker_dialogs.enable,
        "disable": breaker_dialogs.disable,
        "delete": breaker_dialogs.delete,
        "reset": breaker_dialogs.reset,
        "move": breaker_dialogs.move,
        "drill": drill_view.drill_view,
        "fire": drill_view.fire_view,
    }[st.session_state["choice"]](rule)


@pytest.fixture
def desk() -> Iterator[Desk]:
    running = make_desk(rules=(LATCHED, GUARD, OFF), is_signed_in=False)
    running.owner.create("ada", PASSWORD)
    runtime.set_desk(running)
    running.start()
    wait_for_status(running, HealthStatus.OK)
    yield running
    runtime.set_desk(None)
    running.close()


def show(choice: str, rule_id: str) -> AppTest:
    shown = AppTest.from_function(dialog, default_timeout=30)
    shown.session_state["choice"] = choice
    shown.session_state["rule_id"] = rule_id
    shown.run()
    assert not shown.exception
    return shown


def confirm(shown: AppTest, password: str | None = PASSWORD) -> AppTest:
    if password is not None:
        shown.text_input(key="change_password").input(password)
    button = next(each for each in shown.button if each.key and "change_now" in each.key)
    return button.click().run()


def text(shown: AppTest) -> str:
    return " ".join(each.value for each in shown.markdown).replace("\\", "")


def test_a_breaker_is_switched_off_only_with_the_password(desk: Desk) -> None:
    shown = show("disable", "guard")
    assert "stops watching" in text(shown)
    assert "guard: it is switched off" in text(shown)
    confirm(shown, "wrong password here")
    assert desk.breakers.get("guard").enabled
    confirm(shown)
    assert not desk.breakers.get("guard").enabled


def test_a_breaker_is_switched_on_at_once(desk: Desk) -> None:
    confirm(show("enable", "off"), None)
    assert desk.breakers.get("off").enabled


def test_a_breaker_is_deleted_with_the_password_and_says_what_is_gone(desk: Desk) -> None:
    shown = show("delete", "guard")
    assert "removed with its state" in text(shown)
    confirm(shown)
    assert [rule.rule_id for rule in desk.breakers.all()] == ["latched", "off"]


def test_a_latched_breaker_is_reset_with_the_password(desk: Desk) -> None:
    wait_for(lambda: can_be_reset(LATCHED, desk.state()))
    confirm(show("reset", "latched"))
    wait_for(
        lambda: bool(
            desk.breaker_history.find(HistoryQuery(kinds=(BreakerEventKind.RESET,)), limit=1)
        )
    )


def test_a_breaker_changes_its_place_at_once(desk: Desk) -> None:
    shown = show("move", "off")
    assert "Nothing changes." in shown.info[0].value
    shown.selectbox(key="breaker_place").select(0).run()
    confirm(shown, None)
    assert [rule.rule_id for rule in desk.breakers.all()] == ["off", "latched", "guard"]


def test_a_drill_sends_nothing_and_says_what_would_be_done(desk: Desk) -> None:
    before = desk.breaker_history.find(HistoryQuery(), limit=100)
    shown = show("drill", "guard")
    assert "Would only notify you" in text(shown)
    assert "Planned in" in text(shown)
    assert desk.breaker_history.find(HistoryQuery(), limit=100) == before


def test_a_breaker_fires_once_however_often_it_is_clicked(desk: Desk) -> None:
    shown = show("fire", "guard")
    button = shown.button(key="fire_now")
    for _ in range(3):
        button.click()
        shown.run()
    query = HistoryQuery(rule_ids=("guard",), kinds=(BreakerEventKind.TRIGGERED,))
    wait_for(lambda: bool(desk.breaker_history.find(query, limit=10)))
    shown.run()
    assert len(desk.breaker_history.find(query, limit=10)) == 1
    assert "a person triggered it by hand" in text(shown)
    assert "Done." in shown.success[0].value
    assert "+0." in text(shown)


def test_what_cannot_be_fired_says_why(desk: Desk) -> None:
    wait_for(lambda: can_be_reset(LATCHED, desk.state()))
    assert "not armed" in show("fire", "latched").info[0].value
    assert "switched off" in show("fire", "off").info[0].value
    report, _ = drilled(GUARD)
    assert why_not(GUARD, report) is None
    assert why_not(GUARD, None) is not None


def editor() -> None:
    from app.components import breaker_dialogs  # noqa: PLC0415  the function's source is the script
    from tests.app.readings import make_rule  # noqa: PLC0415

    breaker_dialogs.guarded(breaker_dialogs.delete, make_rule("gone"))


def test_a_breaker_that_was_deleted_elsewhere_is_told_in_the_dialog(desk: Desk) -> None:
    shown = AppTest.from_function(editor, default_timeout=30).run()
    assert "was deleted elsewhere. Nothing is changed." in shown.error[0].value
    assert len(desk.breakers.all()) == 3
