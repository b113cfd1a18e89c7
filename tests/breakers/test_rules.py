"""Rules refuse what makes no sense and say what a person should know."""

import pytest

from etrms_core.breakers.rules import (
    ActionKind,
    BreakerAction,
    BreakerRule,
    Comparison,
    DrawdownBasis,
    DrawdownPeak,
    rule_id_from_name,
    rule_warnings,
)
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import Metric

CLOSE = BreakerAction(ActionKind.CLOSE_ALL)
NOTIFY = BreakerAction(ActionKind.NOTIFY)


def make(
    metric: Metric = Metric.DRAWDOWN,
    threshold: float = 0.1,
    actions: tuple[BreakerAction, ...] = (CLOSE,),
    **fields: object,
) -> BreakerRule:
    return BreakerRule(
        rule_id="r",
        name="r",
        metric=metric,
        threshold=threshold,
        actions=actions,
        **fields,  # type: ignore[arg-type]
    )


def refused(**fields: object) -> str | None:
    with pytest.raises(ConfigurationError) as caught:
        make(**fields)  # type: ignore[arg-type]
    return caught.value.field


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": " "}, "name"),
        ({"actions": ()}, "actions"),
        ({"for_seconds": -1.0}, "for_seconds"),
        ({"for_seconds": float("nan")}, "for_seconds"),
        ({"cooldown_seconds": float("inf")}, "cooldown_seconds"),
        ({"cooldown_seconds": 1e12}, "cooldown_seconds"),
        ({"threshold": float("nan")}, "threshold"),
        ({"threshold": float("-inf")}, "threshold"),
        ({"reset_threshold": float("nan")}, "reset_threshold"),
        ({"scope": Scope(ScopeKind.PORTFOLIO, "mine")}, "scope.name"),
        ({"metric": Metric.EQUITY, "scope": Scope(ScopeKind.SYMBOL)}, "scope"),
        ({"metric": Metric.STABLECOIN_DEVIATION, "scope": Scope(ScopeKind.STRATEGY)}, "scope"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_by_the_name_of_its_field(
    fields: dict[str, object], named: str
) -> None:
    if "name" in fields:
        with pytest.raises(ConfigurationError) as caught:
            BreakerRule(rule_id="r", name=" ", metric=Metric.NAV, threshold=1.0, actions=(CLOSE,))
        assert caught.value.field == named
    else:
        assert refused(**fields) == named


@pytest.mark.parametrize(
    ("comparison", "threshold", "reset"),
    [
        (Comparison.AT_LEAST, 0.1, 0.11),
        (Comparison.ABOVE, 0.1, 0.2),
        (Comparison.AT_MOST, 0.1, 0.09),
        (Comparison.BELOW, 0.1, 0.0),
    ],
)
def test_a_reset_threshold_beyond_the_threshold_contradicts_the_rule(
    comparison: Comparison, threshold: float, reset: float
) -> None:
    fields = {"comparison": comparison, "threshold": threshold, "reset_threshold": reset}
    assert refused(**fields) == "reset_threshold"


@pytest.mark.parametrize("comparison", list(Comparison))
def test_a_reset_threshold_may_equal_the_threshold(comparison: Comparison) -> None:
    rule = make(comparison=comparison, reset_threshold=0.1)
    assert rule.effective_reset_threshold == make(comparison=comparison).effective_reset_threshold


def test_a_threshold_that_can_never_be_reached_is_refused() -> None:
    assert refused(threshold=1.01) == "threshold"
    assert refused(threshold=1.0, comparison=Comparison.ABOVE) == "threshold"
    assert make(threshold=1.0).threshold == 1.0
    assert make(Metric.MARGIN_RATIO, 1.5).threshold == 1.5


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        (ActionKind.REDUCE_POSITION, None),
        (ActionKind.REDUCE_POSITION, 0.0),
        (ActionKind.REDUCE_POSITION, 1.0001),
        (ActionKind.REDUCE_POSITION, float("nan")),
        (ActionKind.PAUSE_TRADING, 0.0),
        (ActionKind.PAUSE_TRADING, float("inf")),
        (ActionKind.SET_LEVERAGE, -1.0),
        (ActionKind.PLACE_GUARD_STOP, 1.0),
        (ActionKind.CLOSE_ALL, 1.0),
        (ActionKind.NOTIFY, 0.5),
    ],
)
def test_an_action_checks_its_argument(kind: ActionKind, argument: float | None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        BreakerAction(kind, argument)
    assert (caught.value.field or "").startswith("actions")


def test_an_action_reads_as_it_is_written() -> None:
    assert str(BreakerAction(ActionKind.REDUCE_POSITION, 0.5)) == "reduce_position(fraction=0.5)"
    assert str(CLOSE) == "close_all"


def test_a_breaker_that_can_never_rearm_says_so_before_it_is_saved() -> None:
    (warning,) = rule_warnings(make())
    assert "since_rearm" in warning
    assert rule_warnings(make(drawdown_peak=DrawdownPeak.SINCE_REARM)) == ()
    assert rule_warnings(make(actions=(NOTIFY,))) == ()
    assert rule_warnings(make(drawdown_basis=DrawdownBasis.DAY_START)) == ()


def test_a_closing_rule_on_the_initial_nav_warns_unless_a_person_unlatches_it() -> None:
    assert rule_warnings(make(drawdown_basis=DrawdownBasis.INITIAL)) != ()
    assert rule_warnings(make(drawdown_basis=DrawdownBasis.INITIAL, latched=True)) == ()


def test_a_pause_on_a_losing_streak_warns_that_only_a_win_can_end_it() -> None:
    pause = BreakerAction(ActionKind.PAUSE_TRADING, 60.0)
    assert "win" in rule_warnings(make(Metric.CONSECUTIVE_LOSSES, 3.0, (pause,)))[0]
    assert rule_warnings(make(Metric.CONSECUTIVE_LOSSES, 3.0, (NOTIFY,))) == ()


def test_closing_on_a_low_nav_warns_and_on_a_high_one_does_not() -> None:
    assert rule_warnings(make(Metric.NAV, 0.9, comparison=Comparison.AT_MOST)) != ()
    assert rule_warnings(make(Metric.NAV, 1.5)) == ()


def test_names_become_ids() -> None:
    assert rule_id_from_name("Drawdown 10 % (all)") == "drawdown-10-all"
    assert rule_id_from_name("%%") == "rule"


def test_a_rule_says_what_it_is() -> None:
    rule = make(actions=(NOTIFY,), comparison=Comparison.ABOVE)
    assert rule.condition == "drawdown > 0.1"
    assert rule.only_notifies
    assert not make(actions=(NOTIFY, CLOSE)).only_notifies
    assert make().measures_peak
    assert not make(drawdown_basis=DrawdownBasis.INITIAL).measures_peak
    assert not make(Metric.DAILY_LOSS).measures_peak
