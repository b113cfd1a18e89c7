"""A rule read aloud, and the words that a form offers."""

from typing import Any

import pytest

from app.presenters.metric_words import (
    grouped_metrics,
    metric_label,
    metric_meaning,
    scope_kinds,
    usual_comparison,
)
from app.presenters.rule_sentences import rule_sentences
from app.presenters.rule_titles import (
    ACTION_TITLES,
    BASIS_TITLES,
    EVALUATE_TITLES,
    PEAK_TITLES,
    UNKNOWN_TITLES,
    told_rule_error,
)
from etrms_core.breakers.presets import PRESETS
from etrms_core.breakers.rules import (
    ActionKind,
    BreakerAction,
    Comparison,
    DrawdownBasis,
    DrawdownPeak,
    Evaluate,
    OnUnknown,
)
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import NEEDS_MODEL, Metric
from tests.app.readings import make_rule

HALVE = BreakerAction(ActionKind.REDUCE_POSITION, 0.5)
PAUSE = BreakerAction(ActionKind.PAUSE_TRADING, 5_400.0)
CLOSE = BreakerAction(ActionKind.CLOSE_ALL)


def told(**fields: Any) -> str:  # noqa: ANN401  any field of the rule
    return " ".join(rule_sentences(make_rule(**fields)))


def test_a_rule_is_told_from_its_condition_to_what_comes_after() -> None:
    sentences = rule_sentences(
        make_rule(
            actions=(HALVE, PAUSE, CLOSE),
            for_seconds=90.0,
            cooldown_seconds=3_600.0,
            drawdown_peak=DrawdownPeak.SINCE_REARM,
        )
    )
    assert sentences == (
        "When the drawdown of the whole portfolio is at least 10% for 1 min 30 s without a break, "
        "it fires.",
        "The drawdown is measured from its highest value since the breaker was last armed.",
        "It then reduces the positions concerned by 50%, forbids new and larger positions for "
        "1 h 30 min and then closes every position in its scope.",
        "After that it rests for 1 h and watches again from a new peak.",
        "While the value is unknown, it blocks new and larger positions.",
    )


def test_what_comes_after_follows_latch_reset_threshold_and_side() -> None:
    assert "watches again only when you reset it" in told(latched=True)
    assert "is armed again once the value is below 5%" in told(reset_threshold=0.05)
    falling = told(
        metric=Metric.EQUITY,
        threshold=1_000.0,
        comparison=Comparison.AT_MOST,
        cooldown_seconds=60.0,
        reset_threshold=1_500.0,
    )
    assert "When the equity of the whole portfolio is at most 1,000 USD, it fires." in falling
    assert "it rests for 1 min and is armed again once the value is above 1,500 USD." in falling


def test_scopes_origins_and_special_modes_are_told() -> None:
    assert "any one symbol, each on its own" in told(scope=Scope(ScopeKind.SYMBOL))
    assert "of symbol BTCUSDT is" in told(scope=Scope(ScopeKind.SYMBOL, "BTCUSDT"))
    assert "from the beginning." in told(drawdown_basis=DrawdownBasis.INITIAL)
    assert "since the breaker was made." in told()
    assert "only when a bar closes" in told(evaluate=Evaluate.BAR_CLOSE)
    assert "venues that answer" in told(act_when_partial=True)
    assert "switched off" in told(enabled=False)
    shadow = told(shadow=True, actions=(CLOSE,))
    assert "Shadow mode: it only records that it would have acted." in shadow
    assert "While the value is unknown, it only tells you." in shadow
    assert "it fires at once" in told(on_unknown=OnUnknown.TRIGGER)


@pytest.mark.parametrize("kind", ActionKind)
def test_every_action_has_a_title_and_a_sentence(kind: ActionKind) -> None:
    arguments = {
        ActionKind.REDUCE_POSITION: 0.25,
        ActionKind.PAUSE_TRADING: 60.0,
        ActionKind.SET_LEVERAGE: 3.0,
        ActionKind.PLACE_GUARD_STOP: 0.05,
    }
    sentence = told(actions=(BreakerAction(kind, arguments.get(kind)),))
    assert "It then " in sentence
    assert "_" not in sentence
    assert ACTION_TITLES[kind]


def test_every_choice_of_the_form_has_a_title() -> None:
    assert set(BASIS_TITLES) == set(DrawdownBasis)
    assert set(PEAK_TITLES) == set(DrawdownPeak)
    assert set(UNKNOWN_TITLES) == set(OnUnknown)
    assert set(EVALUATE_TITLES) == set(Evaluate)


def test_every_rule_of_the_presets_reads_without_a_program_word() -> None:
    for preset in PRESETS.values():
        for rule in preset.rules:
            assert "_" not in " ".join(rule_sentences(rule)), rule.name


def test_every_metric_that_can_be_measured_is_offered_once_and_no_other() -> None:
    offered = grouped_metrics()
    assert sorted(offered) == sorted(Metric)
    assert not {str(metric) for metric in offered} & set(NEEDS_MODEL)
    assert metric_label(Metric.GROSS_LEVERAGE) == "Size and leverage: Gross leverage (x)"
    assert all(not metric_label(metric).startswith("Other") for metric in Metric)
    assert metric_meaning(Metric.POSITION_LOSS).endswith("the worst position counts.")


def test_scopes_and_sides_follow_the_metric() -> None:
    assert scope_kinds(Metric.EQUITY) == (ScopeKind.PORTFOLIO, ScopeKind.EXCHANGE)
    assert usual_comparison(Metric.LIQUIDATION_DISTANCE) is Comparison.AT_MOST
    assert usual_comparison(Metric.DRAWDOWN) is Comparison.AT_LEAST


def test_an_error_is_told_by_the_name_of_its_field() -> None:
    error = ConfigurationError("lies between 0 and 5, was 9", field="for_seconds")
    assert told_rule_error(error) == "For at least: lies between 0 and 5, was 9."
    assert told_rule_error(ConfigurationError("is not TOML", field="breakers")) == "Is not TOML."
