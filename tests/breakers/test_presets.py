"""The rule sets to start from."""

import pytest
import tomli_w

from etrms_core.breakers.presets import PRESETS, preset
from etrms_core.breakers.rule_document import parse_rules, parse_rules_toml, rule_mappings
from etrms_core.breakers.rules import (
    CLOSING,
    BreakerRule,
    DrawdownBasis,
    DrawdownPeak,
    rule_warnings,
)
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import Metric

WATCHED = {
    Metric.POSITION_LOSS,
    Metric.LIQUIDATION_DISTANCE,
    Metric.MARGIN_RATIO,
    Metric.GROSS_LEVERAGE,
    Metric.DRAWDOWN,
    Metric.DAILY_LOSS,
    Metric.CONSECUTIVE_LOSSES,
    Metric.DATA_AGE_SECONDS,
    Metric.STABLECOIN_DEVIATION,
}


def rule(name: str, rule_name: str) -> BreakerRule:
    return next(each for each in preset(name) if each.name == rule_name)


def test_there_are_three_presets_and_an_unknown_one_is_answered_with_them() -> None:
    with pytest.raises(ConfigurationError, match="conservative, balanced, prop_firm"):
        preset("yolo")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_reads_back_from_its_own_documents(name: str) -> None:
    documents = rule_mappings(preset(name))
    assert parse_rules(documents) == preset(name)
    assert parse_rules_toml(tomli_w.dumps({"breakers": documents})) == preset(name)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_warns_of_nothing_and_can_rearm(name: str) -> None:
    assert [rule_warnings(each) for each in preset(name) if rule_warnings(each)] == []
    for each in preset(name):
        if each.measures_peak and any(action.kind in CLOSING for action in each.actions):
            assert each.drawdown_peak is DrawdownPeak.SINCE_REARM


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_watches_what_ruins_traders(name: str) -> None:
    assert {each.metric for each in preset(name)} >= WATCHED
    assert PRESETS[name].description.endswith(".")


@pytest.mark.parametrize("name", ["conservative", "balanced"])
def test_ladders_warn_before_they_halve_before_they_close(name: str) -> None:
    steps = [rule(name, f"drawdown: {step}").threshold for step in ("warn", "halve", "close")]
    assert steps == sorted(set(steps))
    days = [rule(name, f"daily loss: {step}").threshold for step in ("warn", "pause", "close")]
    assert days == sorted(set(days))


def test_the_conservative_preset_is_stricter_than_the_balanced_one() -> None:
    balanced = {each.name: each for each in preset("balanced")}
    for each in preset("conservative"):
        other = balanced[each.name]
        assert each.threshold <= other.threshold or each.metric is Metric.LIQUIDATION_DISTANCE


def test_the_prop_firm_preset_has_static_trailing_and_daily_limits_that_latch() -> None:
    limits = {
        each.drawdown_basis: each for each in preset("prop_firm") if each.metric is Metric.DRAWDOWN
    }
    assert limits.keys() == set(DrawdownBasis)
    assert limits[DrawdownBasis.INITIAL].threshold == 0.10
    assert limits[DrawdownBasis.DAY_START].threshold == 0.05
    assert all(each.latched for each in limits.values())


@pytest.mark.parametrize("name", PRESETS)
def test_no_rule_of_a_preset_runs_into_the_throttle_by_its_own_cooldown(name: str) -> None:
    assert all(each.cooldown_seconds > 300.0 for each in preset(name))
