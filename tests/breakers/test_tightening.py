"""Which changes of a rule are tighter: word for word, and on random readings."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.breakers.breaker_book import (
    BreakerBook,
    align_breakers,
    compile_rules,
    step_breakers,
)
from etrms_core.breakers.rules import (
    ActionKind,
    BreakerAction,
    BreakerRule,
    Comparison,
    DrawdownBasis,
    DrawdownPeak,
    Evaluate,
    OnUnknown,
)
from etrms_core.breakers.tightening import is_tightening, loosened_fields, loosened_rules
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.kernels.arrays import records
from etrms_core.kernels.breaker_state import (
    ARMED,
    COOLING_DOWN,
    LATCHED,
    READING,
    REARMED,
    TRIGGERED,
    WAITING_RESET,
)
from etrms_core.risk.metrics import Metric
from tests.engine.desk import CLOSE_ALL, HALVE, NOTIFY, make_rule

BTC = {"kind": "symbol", "name": "BTC"}
SYMBOLS = {"kind": "symbol"}
PAUSE = {"kind": "pause_trading", "seconds": 60.0}
FALLING = {"metric": "liquidation_distance", "threshold": 0.05, "comparison": "<="}
# From the looser to the tighter form of one field; the way back is a loosening.
ONE_WAY: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"threshold": 0.2}, {"threshold": 0.1}),
    ({**FALLING}, {**FALLING, "threshold": 0.06}),
    ({"comparison": ">"}, {"comparison": ">="}),
    ({**FALLING, "comparison": "<"}, {**FALLING}),
    ({"for_seconds": 2.0}, {"for_seconds": 1.0}),
    ({"scope": BTC}, {"scope": SYMBOLS}),
    ({"cooldown_seconds": 2.0}, {"cooldown_seconds": 1.0}),
    ({"reset_threshold": 0.06}, {"reset_threshold": 0.05}),
    ({}, {"reset_threshold": 0.05}),
    ({}, {"latched": True}),
    ({"enabled": False}, {}),
    ({"on_unknown": "notify"}, {"on_unknown": "block_entries"}),
    ({"on_unknown": "notify"}, {"on_unknown": "trigger"}),
    ({"latched": True}, {"latched": True, "on_unknown": "trigger"}),
    ({}, {"act_when_partial": True}),
    ({"evaluate": "bar_close"}, {"evaluate": "tick"}),
    ({"actions": [NOTIFY]}, {"actions": [NOTIFY, HALVE]}),
    ({"actions": [HALVE]}, {"actions": [{"kind": "reduce_position", "fraction": 0.75}]}),
    ({"actions": [HALVE]}, {"actions": [{"kind": "close_position"}]}),
    ({"actions": [{"kind": "close_position"}]}, {"actions": [CLOSE_ALL]}),
    ({"actions": [PAUSE]}, {"actions": [{**PAUSE, "seconds": 61.0}]}),
    (
        {"actions": [{"kind": "set_leverage", "leverage": 5}]},
        {"actions": [{"kind": "set_leverage", "leverage": 3}]},
    ),
    (
        {"actions": [{"kind": "place_guard_stop", "distance": 0.05}]},
        {"actions": [{"kind": "place_guard_stop", "distance": 0.03}]},
    ),
]
# Neither form fires, blocks and acts at least as much as the other.
NEITHER_WAY: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"metric": "daily_loss"}),
    ({"scope": SYMBOLS, "metric": "position_loss"}, {"metric": "position_loss"}),
    ({"comparison": ">="}, {"comparison": "<="}),
    ({}, {"drawdown_basis": "initial"}),
    ({}, {"drawdown_peak": "since_rearm"}),
    (
        {"reset_threshold": 0.05, "cooldown_seconds": 60.0},
        {"reset_threshold": 0.05, "cooldown_seconds": 1.0},
    ),
    ({"on_unknown": "block_entries"}, {"on_unknown": "trigger"}),
    (
        {"evaluate": "bar_close", "for_seconds": 1.0},
        {"evaluate": "tick", "for_seconds": 1.0},
    ),
    (
        {"evaluate": "bar_close", "drawdown_peak": "since_rearm"},
        {"evaluate": "tick", "drawdown_peak": "since_rearm"},
    ),
    ({"actions": [PAUSE]}, {"actions": [{"kind": "reduce_only_mode"}]}),
    ({"actions": [NOTIFY]}, {"actions": [NOTIFY], "latched": True}),
    ({"actions": [NOTIFY]}, {"actions": [NOTIFY], "reset_threshold": 0.05}),
    ({"actions": [NOTIFY, PAUSE]}, {"actions": [NOTIFY, CLOSE_ALL]}),
]


def rule_of(fields: dict[str, Any]) -> BreakerRule:
    words = {"metric": "drawdown", "threshold": 0.1, "actions": [CLOSE_ALL], **fields}
    return make_rule(words.pop("metric"), words.pop("threshold"), *words.pop("actions"), **words)


@pytest.mark.parametrize(("loose", "tight"), ONE_WAY)
def test_a_field_is_tightened_one_way_and_loosened_the_other(
    loose: dict[str, Any], tight: dict[str, Any]
) -> None:
    if "scope" in loose:
        loose, tight = ({**each, "metric": "position_loss"} for each in (loose, tight))
    assert is_tightening(rule_of(loose), rule_of(tight))
    assert len(loosened_fields(rule_of(tight), rule_of(loose))) == 1


@pytest.mark.parametrize(("one", "other"), NEITHER_WAY)
def test_what_cannot_be_compared_is_a_loosening_at_least_one_way_and_never_free(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert not is_tightening(rule_of(one), rule_of(other))


def test_a_rule_that_stays_or_only_gets_another_name_is_not_loosened() -> None:
    rule = rule_of({})
    assert is_tightening(rule, rule)
    assert is_tightening(rule, replace(rule, name="another name"))


def test_a_threshold_within_rounding_of_the_old_one_is_no_way_around() -> None:
    at_least = rule_of({})
    assert not is_tightening(at_least, rule_of({"comparison": ">"}))
    assert not is_tightening(at_least, rule_of({"comparison": ">", "threshold": 0.1 - 1e-14}))
    assert is_tightening(at_least, rule_of({"comparison": ">", "threshold": 0.0999}))


def test_fields_that_mean_nothing_for_a_metric_count_for_nothing() -> None:
    nav = rule_of({"metric": "nav", "threshold": 0.9, "comparison": "<="})
    assert is_tightening(nav, replace(nav, drawdown_peak=DrawdownPeak.SINCE_REARM))
    assert is_tightening(nav, replace(nav, drawdown_basis=DrawdownBasis.INITIAL))


def test_a_disabled_rule_is_not_softened_before_it_is_enabled() -> None:
    off = rule_of({"enabled": False})
    assert not is_tightening(off, rule_of({"threshold": 0.5}))


def test_every_loosened_field_is_told_in_words() -> None:
    softer = rule_of(
        {"threshold": 0.2, "for_seconds": 5.0, "cooldown_seconds": 60.0, "actions": [NOTIFY]}
    )
    assert loosened_fields(rule_of({}), softer) == (
        "it fires at drawdown >= 0.2, no longer at drawdown >= 0.1",
        "it fires after 5 s, no longer after 0 s",
        "it rests for 60 s after it fired, no longer for 0 s",
        "it no longer does close_all",
    )


def test_of_a_set_of_rules_new_ones_and_their_order_loosen_nothing() -> None:
    first, second, third = (make_rule(name=name) for name in ("a", "b", "c"))
    assert loosened_rules([first, second], [third, second, first]) == ()
    assert loosened_rules([first, second], [second]) == ("a: it is removed",)
    assert loosened_rules([first], [replace(first, enabled=False)]) == ("a: it is switched off",)
    assert not is_tightening(first, second)


VALUES = (0.0, 0.04, 0.05, 0.07, 0.1, 0.12, 0.15, 0.2, None)
NAVS = (1.2, 1.1, 1.0, 0.98, 0.95, 0.92, 0.9, 0.87, 0.8, None)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "threshold": st.sampled_from([0.05, 0.1, 0.15]),
        "comparison": st.sampled_from([Comparison.AT_LEAST, Comparison.ABOVE]),
        "for_seconds": st.sampled_from([0.0, 5.0, 60.0]),
        "cooldown_seconds": st.sampled_from([0.0, 5.0, 300.0]),
        "reset_threshold": st.sampled_from([None, 0.04, 0.05]),
        "latched": st.booleans(),
        "on_unknown": st.sampled_from(OnUnknown),
        "evaluate": st.sampled_from(Evaluate),
        "actions": st.sampled_from(
            [
                (BreakerAction(ActionKind.NOTIFY),),
                (BreakerAction(ActionKind.NOTIFY), BreakerAction(ActionKind.CLOSE_ALL)),
            ]
        ),
    },
)
PEAKS = st.sampled_from([DrawdownPeak.ALL_TIME, DrawdownPeak.SINCE_REARM])
READINGS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 5.0, 60.0, 301.0, 700.0]),
        st.sampled_from(VALUES),
        st.sampled_from(NAVS),
        st.booleans(),
    ),
    min_size=5,
    max_size=40,
)


def step_by_step(rules: list[BreakerRule], readings: list[Any]) -> list[list[tuple[int, int]]]:
    """Run rules side by side; return outcome and state of each after every reading."""
    table = compile_rules(rules, [PORTFOLIO])
    book = align_breakers(BreakerBook(), table, np.array([1.0]))
    as_of_ms, told = 0, []
    for seconds, value, nav, closes in readings:
        as_of_ms += round(seconds * 1000)
        size = len(rules)
        seen = records(
            READING,
            value=np.full(size, np.nan if value is None else value),
            nav=np.full(size, np.nan if nav is None else nav),
            nav_restarted=np.zeros(size, np.bool_),
            is_evaluated=np.array([closes or each.evaluate is Evaluate.TICK for each in rules]),
        )
        step = step_breakers(book, table, seen, as_of_ms=as_of_ms)
        book = step.book
        told.append(list(zip(step.outcomes.tolist(), book.memory.state.tolist(), strict=True)))
    return told


def pair(metric: Metric, peak: DrawdownPeak, old: Any, new: Any) -> tuple[BreakerRule, BreakerRule]:  # noqa: ANN401
    base = replace(rule_of({}), metric=metric, drawdown_peak=peak)
    first = replace(base, **old)
    return first, replace(first, **new)


@settings(max_examples=1_500, deadline=None)
@given(FIELDS, FIELDS, READINGS)
def test_when_a_rule_fires_a_tighter_one_has_fired_and_is_not_armed_again(
    old: dict[str, Any], new: dict[str, Any], readings: list[Any]
) -> None:
    first, second = pair(Metric.DAILY_LOSS, DrawdownPeak.ALL_TIME, old, new)
    if not is_tightening(first, second):
        return
    for (outcome, _), (_, state) in step_by_step(
        [replace(first, rule_id="old"), replace(second, rule_id="new")], readings
    ):
        if outcome & TRIGGERED:
            assert state != ARMED


@settings(max_examples=800, deadline=None)
@given(FIELDS, FIELDS, READINGS)
def test_each_firing_of_a_tighter_drawdown_since_rearming_comes_no_later(
    old: dict[str, Any], new: dict[str, Any], readings: list[Any]
) -> None:
    first, second = pair(Metric.DRAWDOWN, DrawdownPeak.SINCE_REARM, old, new)
    if not is_tightening(first, second):
        return
    fired: Counter[int] = Counter()
    for rows in step_by_step(
        [replace(first, rule_id="old"), replace(second, rule_id="new")], readings
    ):
        for row, (outcome, _) in enumerate(rows):
            fired[row] += bool(outcome & TRIGGERED)
        assert fired[1] >= fired[0] or rows[1][1] == LATCHED


@settings(max_examples=800, deadline=None)
@given(FIELDS, FIELDS, READINGS)
def test_while_a_rule_blocks_entries_a_tighter_one_that_fires_alike_blocks_them_too(
    old: dict[str, Any], new: dict[str, Any], readings: list[Any]
) -> None:
    first, second = pair(Metric.DAILY_LOSS, DrawdownPeak.ALL_TIME, old, new)
    alike = (
        replace(
            second,
            threshold=first.threshold,
            comparison=first.comparison,
            for_seconds=first.for_seconds,
            cooldown_seconds=first.cooldown_seconds,
            evaluate=first.evaluate,
            on_unknown=first.on_unknown,
        )
        if second.effective_reset_threshold <= first.threshold
        else first
    )
    if not is_tightening(first, alike):
        return
    waits = (WAITING_RESET, LATCHED)
    for (_, was), (_, now) in step_by_step(
        [replace(first, rule_id="old"), replace(alike, rule_id="new")], readings
    ):
        if was == LATCHED and not first.latched:
            return  # the throttle is left out of the comparison
        assert was not in waits or now in waits or now == COOLING_DOWN


@settings(max_examples=800, deadline=None)
@given(FIELDS, FIELDS, READINGS)
def test_a_tighter_rule_is_armed_again_only_where_the_old_one_might_be(
    old: dict[str, Any], new: dict[str, Any], readings: list[Any]
) -> None:
    first, second = pair(Metric.DAILY_LOSS, DrawdownPeak.ALL_TIME, old, new)
    if not is_tightening(first, second):
        return
    told = step_by_step([replace(first, rule_id="old"), replace(second, rule_id="new")], readings)
    for (_, value, _, _), rows in zip(readings, told, strict=True):
        if rows[1][0] & REARMED:
            assert value is not None
            assert value < first.effective_reset_threshold or (
                value == first.effective_reset_threshold and first.comparison is Comparison.ABOVE
            )


def test_a_named_scope_is_one_of_those_that_every_instance_watches() -> None:
    named = rule_of({"scope": BTC, "metric": "position_loss"})
    wide = replace(named, scope=Scope(ScopeKind.SYMBOL))
    scopes = [Scope(ScopeKind.SYMBOL, "BTC"), Scope(ScopeKind.SYMBOL, "ETH")]
    assert set(compile_rules([named], scopes).keys) < set(compile_rules([wide], scopes).keys)
