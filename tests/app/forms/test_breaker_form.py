"""The form of one breaker: what is typed becomes the rule, and what is wrong is told there."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.forms.action_fields import MOST_ACTIONS, UNITS, USUAL
from app.forms.amount_fields import LONGEST_TYPED
from app.forms.scope_fields import ScopeChoices
from etrms_core.breakers.rules import (
    ARGUMENTS,
    ActionKind,
    BreakerAction,
    BreakerRule,
    Comparison,
    DrawdownBasis,
    Evaluate,
    OnUnknown,
)
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.risk.metrics import Metric
from tests.app.readings import make_rule

HOSTILE = "<img src=x onerror=alert(1)>**bold** =1+1 [a](http://x) " + "\N{GRINNING FACE}"


def page() -> None:
    import streamlit as st  # noqa: PLC0415  the function's source is the script

    from app.forms.breaker_form import breaker_form  # noqa: PLC0415
    from app.forms.scope_fields import ScopeChoices  # noqa: PLC0415

    choices = ScopeChoices(exchanges=("paper",), symbols=("BTCUSDT", "ETHUSDT"))
    st.session_state["typed"] = breaker_form(
        st.session_state["start"],
        rule_id=st.session_state["rule_id"],
        choices=choices,
        key="k",
    )


def show(start: BreakerRule, *, rule_id: str | None = None) -> AppTest:
    shown = AppTest.from_function(page, default_timeout=30)
    shown.session_state["start"] = start
    shown.session_state["rule_id"] = rule_id
    shown.run()
    assert not shown.exception
    return shown


def typed(shown: AppTest) -> BreakerRule | None:
    found: BreakerRule | None = shown.session_state["typed"]
    return found


def field(shown: AppTest, label: str) -> Any:  # noqa: ANN401  any widget
    widgets = [*shown.text_input, *shown.selectbox, *shown.checkbox]
    return next(each for each in widgets if each.label.startswith(label))


FULL = BreakerRule(
    rule_id="full",
    name="full",
    metric=Metric.DRAWDOWN,
    threshold=0.123,
    actions=(
        BreakerAction(ActionKind.REDUCE_POSITION, 1 / 3),
        BreakerAction(ActionKind.PAUSE_TRADING, 90.5),
        BreakerAction(ActionKind.REDUCE_POSITION, 0.9),
        BreakerAction(ActionKind.SET_LEVERAGE, 2.5),
        BreakerAction(ActionKind.PLACE_GUARD_STOP, 0.07),
        BreakerAction(ActionKind.CLOSE_ALL),
    ),
    scope=Scope(ScopeKind.SYMBOL, "GONEUSDT"),
    comparison=Comparison.ABOVE,
    enabled=False,
    for_seconds=61.0,
    reset_threshold=0.1,
    cooldown_seconds=5.0,
    latched=True,
    drawdown_basis=DrawdownBasis.DAY_START,
    on_unknown=OnUnknown.TRIGGER,
    act_when_partial=True,
    evaluate=Evaluate.BAR_CLOSE,
    shadow=True,
)


@pytest.mark.parametrize("rule", [FULL, make_rule("plain")], ids=lambda rule: rule.name)
def test_a_rule_that_is_only_looked_at_stays_as_it_is(rule: BreakerRule) -> None:
    assert typed(show(rule, rule_id=rule.rule_id)) == rule


def test_a_new_rule_takes_its_id_from_its_name_and_a_percentage_is_typed_as_one() -> None:
    shown = show(make_rule("start"))
    field(shown, "Name").input("Evening loss")
    field(shown, "Threshold").input("12.5 %")
    field(shown, "For at least").input("1 min 30 s")
    field(shown, "Cooldown").input("2 h")
    shown.run()
    rule = typed(shown)
    assert rule is not None
    assert (rule.rule_id, rule.name, rule.threshold) == ("evening-loss", "Evening loss", 0.125)
    assert (rule.for_seconds, rule.cooldown_seconds) == (90.0, 7_200.0)


def test_an_empty_form_says_what_is_missing_without_an_error() -> None:
    from app.breaker_draft import BLANK  # noqa: PLC0415  its only use

    shown = show(BLANK)
    assert typed(shown) is None
    assert not shown.error
    assert "Fill in what is missing" in shown.info[0].value


@pytest.mark.parametrize(
    ("label", "text", "told"),
    [
        ("Threshold", "ten", "type it like 10 %"),
        ("Threshold", "10,5 %", "type it like 10 %"),
        ("Cooldown", "", "Cooldown is missing"),
        ("For at least", "5 weeks", "type it like 1 h 30 min"),
        ("Threshold", "150 %", "Threshold: drawdown never exceeds 100%"),
        ("Threshold", "-5 %", "Threshold: drawdown is never below 0%"),
        ("Cooldown", "500 d", "Cooldown: lies between 0 s and 366 days, was 500 days."),
        ("Armed again at", "50 %", "Armed again at: 50% lies beyond the threshold 10%"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(label: str, text: str, told: str) -> None:
    shown = show(make_rule("start"))
    field(shown, label).input(text).run()
    assert typed(shown) is None
    assert told in shown.error[0].value.replace("\\", "")


def test_another_metric_brings_its_unit_its_side_and_its_scopes() -> None:
    shown = show(make_rule("start", scope=Scope(ScopeKind.SYMBOL)))
    field(shown, "Metric").select(Metric.EQUITY).run()
    assert field(shown, "Threshold").label == "Threshold (USD)"
    assert field(shown, "Threshold").value == ""
    field(shown, "Threshold").input("1,500").run()
    rule = typed(shown)
    assert rule is not None
    assert (rule.comparison, rule.threshold) == (Comparison.AT_MOST, 1_500.0)
    assert rule.scope == Scope(ScopeKind.PORTFOLIO)


def test_scopes_are_chosen_from_the_desk() -> None:
    shown = show(make_rule("start"))
    field(shown, "Scope").select(ScopeKind.SYMBOL).run()
    found = typed(shown)
    assert found is not None
    assert found.scope == Scope(ScopeKind.SYMBOL)
    assert "ETHUSDT" in field(shown, "Which symbol").options
    field(shown, "Which symbol").select("ETHUSDT").run()
    found = typed(shown)
    assert found is not None
    assert found.scope == Scope(ScopeKind.SYMBOL, "ETHUSDT")


def test_actions_are_added_in_order_and_each_shows_its_argument() -> None:
    shown = show(make_rule("start"))
    field(shown, "Then, action 2").select(ActionKind.PAUSE_TRADING).run()
    field(shown, "For how long").input("15 min").run()
    field(shown, "Then, action 3").select(ActionKind.REDUCE_POSITION).run()
    rule = typed(shown)
    assert rule is not None
    assert rule.actions == (
        BreakerAction(ActionKind.NOTIFY),
        BreakerAction(ActionKind.PAUSE_TRADING, 900.0),
        BreakerAction(ActionKind.REDUCE_POSITION, 0.5),
    )


def test_an_argument_out_of_range_is_told() -> None:
    shown = show(make_rule("start", actions=(BreakerAction(ActionKind.REDUCE_POSITION, 0.5),)))
    field(shown, "By how much").input("200 %").run()
    assert typed(shown) is None
    assert "at most 1" in shown.error[0].value


def test_a_field_takes_no_more_than_an_amount_can_be() -> None:
    assert field(show(make_rule("start")), "Threshold").proto.max_chars == LONGEST_TYPED


def test_every_argument_of_an_action_has_a_unit_and_a_start() -> None:
    names = {name for name, _ in ARGUMENTS.values()}
    assert set(UNITS) == set(USUAL) == names
    assert len(ActionKind) <= MOST_ACTIONS


def test_a_hostile_name_is_taken_as_it_is() -> None:
    shown = show(make_rule("start"))
    field(shown, "Name").input(HOSTILE).run()
    rule = typed(shown)
    assert rule is not None
    assert rule.name == HOSTILE
    assert ScopeChoices().of(ScopeKind.PORTFOLIO) == ()
