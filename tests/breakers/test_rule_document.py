"""Rules as documents: every field, every refusal, both ways."""

import json
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.breakers.rule_document import (
    parse_rule,
    parse_rules,
    parse_rules_toml,
    rule_mapping,
    rule_mappings,
)
from etrms_core.breakers.rules import (
    ARGUMENTS,
    ActionKind,
    BreakerAction,
    BreakerRule,
    Comparison,
    DrawdownBasis,
    DrawdownPeak,
    Evaluate,
    OnUnknown,
)
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import CATALOGUE, NEEDS_MODEL, Metric

CLOSE_ALL = {"kind": "close_all"}
COMPLETE = {
    "id": "dd10",
    "name": "drawdown 10 %",
    "enabled": False,
    "scope": {"kind": "exchange", "name": "paper"},
    "metric": "drawdown",
    "comparison": ">",
    "threshold": 0.10,
    "for_seconds": 30,
    "reset_threshold": 0.05,
    "cooldown_seconds": 86400,
    "latched": True,
    "drawdown_peak": "since_rearm",
    "drawdown_basis": "day_start",
    "on_unknown": "trigger",
    "act_when_partial": True,
    "evaluate": "bar_close",
    "actions": [CLOSE_ALL, {"kind": "pause_trading", "seconds": 86400}],
}


def document(**fields: object) -> dict[str, Any]:
    return {
        "name": "guard",
        "metric": "drawdown",
        "threshold": 0.1,
        "actions": [CLOSE_ALL],
        **fields,
    }


def refusal(**fields: object) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        parse_rule(document(**fields))
    return caught.value


def test_every_field_of_the_interface_is_read() -> None:
    assert parse_rule(COMPLETE) == BreakerRule(
        rule_id="dd10",
        name="drawdown 10 %",
        enabled=False,
        scope=Scope(ScopeKind.EXCHANGE, "paper"),
        metric=Metric.DRAWDOWN,
        comparison=Comparison.ABOVE,
        threshold=0.1,
        for_seconds=30.0,
        reset_threshold=0.05,
        cooldown_seconds=86400.0,
        latched=True,
        drawdown_peak=DrawdownPeak.SINCE_REARM,
        drawdown_basis=DrawdownBasis.DAY_START,
        on_unknown=OnUnknown.TRIGGER,
        act_when_partial=True,
        evaluate=Evaluate.BAR_CLOSE,
        actions=(
            BreakerAction(ActionKind.CLOSE_ALL),
            BreakerAction(ActionKind.PAUSE_TRADING, 86400.0),
        ),
    )


def test_defaults_are_those_of_the_interface() -> None:
    rule = parse_rule(document())
    assert (rule.rule_id, rule.enabled, rule.scope) == ("guard", True, PORTFOLIO)
    assert (rule.comparison, rule.cooldown_seconds) == (Comparison.AT_LEAST, 0.0)
    assert (rule.for_seconds, rule.reset_threshold, rule.latched) == (0.0, None, False)
    assert rule.drawdown_peak is DrawdownPeak.ALL_TIME
    assert rule.drawdown_basis is DrawdownBasis.PEAK
    assert rule.on_unknown is OnUnknown.BLOCK_ENTRIES
    assert (rule.act_when_partial, rule.evaluate) == (False, Evaluate.TICK)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"metric": "sharpness"}, "metric"),
        ({"metric": 3}, "metric"),
        ({"treshold": 0.1}, "treshold"),
        ({"threshold": True}, "threshold"),
        ({"threshold": "0.1"}, "threshold"),
        ({"threshold": None}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        ({"threshold": float("inf")}, "threshold"),
        ({"threshold": 10**400}, "threshold"),
        ({"threshold": 2.0}, "threshold"),
        ({"reset_threshold": 0.2}, "reset_threshold"),
        ({"reset_threshold": "low"}, "reset_threshold"),
        ({"for_seconds": False}, "for_seconds"),
        ({"for_seconds": -1}, "for_seconds"),
        ({"cooldown_seconds": 1e300}, "cooldown_seconds"),
        ({"enabled": "no"}, "enabled"),
        ({"latched": 1}, "latched"),
        ({"act_when_partial": "true"}, "act_when_partial"),
        ({"comparison": "=="}, "comparison"),
        ({"on_unknown": "ignore"}, "on_unknown"),
        ({"evaluate": "hourly"}, "evaluate"),
        ({"drawdown_peak": "weekly"}, "drawdown_peak"),
        ({"drawdown_basis": "middle"}, "drawdown_basis"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"scope": "portfolio"}, "scope"),
        ({"scope": {"kind": "planet"}}, "scope.kind"),
        ({"scope": {"kind": "portfolio", "name": "mine"}}, "scope.name"),
        ({"scope": {"kind": "symbol", "venue": "x"}}, "scope.venue"),
        ({"metric": "equity", "scope": {"kind": "symbol"}}, "scope"),
        ({"actions": []}, "actions"),
        ({"actions": "close_all"}, "actions"),
        ({"actions": [{"kind": "explode"}]}, "actions.0.kind"),
        ({"actions": [CLOSE_ALL, {"kind": "reduce_position"}]}, "actions.fraction"),
        ({"actions": [{"kind": "reduce_position", "fraction": 0}]}, "actions.fraction"),
        ({"actions": [{"kind": "reduce_position", "fraction": 1.5}]}, "actions.fraction"),
        ({"actions": [{"kind": "reduce_position", "fraction": True}]}, "actions.0.fraction"),
        ({"actions": [{"kind": "reduce_position", "fraction": "0.5"}]}, "actions.0.fraction"),
        ({"actions": [{"kind": "reduce_position", "seconds": 60}]}, "actions"),
        ({"actions": [{"kind": "close_all", "fraction": 0.5}]}, "actions"),
        ({"actions": [{"kind": "pause_trading", "seconds": float("inf")}]}, "actions.0.seconds"),
        ({"actions": [{"kind": "pause_trading", "minutes": 5}]}, "actions.0.minutes"),
    ],
)
def test_bad_input_names_its_field(fields: dict[str, Any], field: str) -> None:
    error = refusal(**fields)
    assert error.field == f"breakers.0.{field}"
    assert str(error).startswith(f"breakers.0.{field}: ")


@pytest.mark.parametrize("missing", ["name", "metric", "threshold", "actions"])
def test_a_missing_field_is_named(missing: str) -> None:
    incomplete = document()
    del incomplete[missing]
    with pytest.raises(ConfigurationError) as caught:
        parse_rule(incomplete)
    assert caught.value.field == f"breakers.0.{missing}"


@pytest.mark.parametrize("metric", sorted(NEEDS_MODEL))
def test_a_metric_without_its_model_is_refused_with_the_reason(metric: str) -> None:
    error = refusal(metric=metric)
    assert error.field == "breakers.0.metric"
    assert NEEDS_MODEL[metric] in str(error)


def test_an_unknown_metric_is_answered_with_those_that_exist() -> None:
    assert "did you mean liquidation_distance?" in str(refusal(metric="liquidation_dist"))
    assert "`etrms breakers metrics` lists all" in str(refusal(metric="sharpness"))


def test_an_unknown_field_is_answered_with_those_that_exist() -> None:
    assert "cooldown_seconds" in str(refusal(cooldown=5))


def test_two_breakers_of_one_name_are_refused_at_the_second() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_rules([document(), document(threshold=0.2)])
    assert caught.value.field == "breakers.1.name"
    assert len(parse_rules([document(), document(id="other")])) == 2


def test_rules_keep_their_order() -> None:
    rules = parse_rules([document(name="b"), document(name="a")])
    assert [rule.name for rule in rules] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("not toml [", "breakers"),
        ("[[breaker]]\nname = 'a'", "breaker"),
        ("breakers = 3", "breakers"),
        ("breakers = ['a']", "breakers"),
        ("[[breakers]]\nname = 'a'\nmetric = 'nav'\nthreshold = nan\nactions = []", "threshold"),
        ("[[breakers]]\nname = 'a'\nmetric = 'nav'\nthreshold = 1e999\nactions = []", "threshold"),
    ],
)
def test_a_damaged_file_is_named(text: str, field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_rules_toml(text)
    assert (caught.value.field or "").split(".")[-1] == field


def test_an_empty_file_holds_no_rules() -> None:
    assert parse_rules_toml("") == ()


actions = st.sampled_from(ActionKind).map(
    lambda kind: BreakerAction(kind, 0.5 if kind in ARGUMENTS else None)
)


@st.composite
def rules(draw: st.DrawFn) -> BreakerRule:
    metric = draw(st.sampled_from(Metric))
    kind = draw(st.sampled_from(sorted(CATALOGUE[metric].scopes)))
    name = "" if kind is ScopeKind.PORTFOLIO else draw(st.sampled_from(["", "X"]))
    threshold = draw(st.floats(0.001, 0.9))
    seconds = st.floats(0.0, 1e6)
    return BreakerRule(
        rule_id="r",
        name=draw(st.text(min_size=1).filter(str.strip)),
        metric=metric,
        threshold=threshold,
        actions=tuple(draw(st.lists(actions, min_size=1, max_size=3))),
        scope=Scope(kind, name),
        comparison=draw(st.sampled_from(Comparison)),
        enabled=draw(st.booleans()),
        for_seconds=draw(seconds),
        reset_threshold=draw(st.sampled_from([None, threshold])),
        cooldown_seconds=draw(seconds),
        latched=draw(st.booleans()),
        drawdown_peak=draw(st.sampled_from(DrawdownPeak)),
        drawdown_basis=draw(st.sampled_from(DrawdownBasis)),
        on_unknown=draw(st.sampled_from(OnUnknown)),
        act_when_partial=draw(st.booleans()),
        evaluate=draw(st.sampled_from(Evaluate)),
    )


@given(rules())
def test_a_rule_survives_toml_and_json(rule: BreakerRule) -> None:
    mapping = rule_mapping(rule)
    assert parse_rule(json.loads(json.dumps(mapping))) == rule
    assert parse_rules_toml(tomli_w.dumps({"breakers": [mapping]})) == (rule,)


def test_several_rules_are_written_in_order() -> None:
    both = parse_rules([COMPLETE, document()])
    assert parse_rules(rule_mappings(both)) == both


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(COMPLETE)), json_values, max_size=6))
def test_no_document_crashes_the_parser(changes: dict[str, Any]) -> None:
    try:
        parse_rule({**COMPLETE, **changes})
    except ConfigurationError as error:
        assert (error.field or "").startswith("breakers.0")  # noqa: PT017  any answer but a crash
