"""Changes of rules, limits and settings: what they do, what they loosen, in words."""

from dataclasses import replace

import pytest

from etrms_core.domain.limits import DEFAULT_LIMITS
from etrms_core.engine.change_ports import CommittedSettings
from etrms_core.engine.changes import (
    Change,
    CommitSettings,
    EditRules,
    EndPause,
    ResetBreaker,
    ResumeTrading,
    Standing,
    adding,
    changed_rules,
    loosened_by,
    removing,
    reordering,
    replacing_all,
    switching,
    told_change,
)
from etrms_core.errors import ConfigurationError
from tests.engine.desk import HALVE, Desk, long_account, make_rule

A, B, C = (make_rule(name=name) for name in ("a", "b", "c"))
RULES = (A, B)
UTC_HOUR = CommittedSettings(time_zone="UTC", delay_seconds=3600.0)
STANDING = Standing(rules=RULES, limits=DEFAULT_LIMITS, settings=UTC_HOUR)


@pytest.mark.parametrize(
    ("change", "after", "told"),
    [
        (adding(RULES, [C]), (A, B, C), "added c (drawdown >= 0.1)"),
        (removing(RULES, "a"), (B,), "removed a (drawdown >= 0.1)"),
        (switching(RULES, "b", enabled=False), (A, replace(B, enabled=False)), "disabled b"),
        (reordering(RULES, ["b"]), (B, A), "breakers in the order b, a"),
        (reordering(RULES, ["a", "b"]), (A, B), ""),
        (replacing_all(RULES, [A, B]), (A, B), ""),
        (
            replacing_all(RULES, [C, replace(B, latched=True)]),
            (C, replace(B, latched=True)),
            "removed a (drawdown >= 0.1); added c (drawdown >= 0.1); b: latched from False to "
            "True; breakers in the order c, b",
        ),
        (EditRules((("a", A), ("z", None))), (A, B), ""),
    ],
)
def test_rules_are_edited_in_their_place_and_told(
    change: EditRules, after: tuple[object, ...], told: str
) -> None:
    assert changed_rules(change, RULES) == after
    assert told_change(change, STANDING) == told


def test_actions_and_scopes_are_told_in_words() -> None:
    halve = make_rule("position_loss", 0.1, HALVE, name="a", scope={"kind": "symbol"})
    change = EditRules((("a", replace(halve, reset_threshold=0.05)),))
    standing = replace(STANDING, rules=(replace(halve, actions=A.actions),))
    assert told_change(change, standing) == (
        "a: actions from close_all to reduce_position 0.5, reset_threshold from none to 0.05"
    )


def test_a_rule_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigurationError, match="no breaker 'z'; there are: a, b"):
        removing(RULES, "z")
    with pytest.raises(ConfigurationError, match="no breaker 'z'; there are: a, b"):
        loosened_by(ResetBreaker("z"), STANDING)
    with pytest.raises(ConfigurationError, match="no breaker 'z'"):
        reordering(RULES, ["z"])
    with pytest.raises(ConfigurationError, match="'a' exists already"):
        adding(RULES, [A])


@pytest.mark.parametrize("change", [ResetBreaker("a"), ResumeTrading(), EndPause()])
def test_letting_go_what_protects_is_always_a_loosening(change: Change) -> None:
    assert loosened_by(change, STANDING)
    assert told_change(change, STANDING)


@pytest.mark.parametrize(
    ("settings", "loosened"),
    [
        (UTC_HOUR, ()),
        (replace(UTC_HOUR, delay_seconds=7200.0), ()),
        (replace(UTC_HOUR, delay_seconds=60.0), ("delay_seconds from 3600 to 60",)),
        (
            CommittedSettings(time_zone="Asia/Tokyo", delay_seconds=7200.0),
            ("time_zone from UTC to Asia/Tokyo", "delay_seconds from 3600 to 7200"),
        ),
    ],
)
def test_another_day_or_a_shorter_delay_is_a_loosening(
    settings: CommittedSettings, loosened: tuple[str, ...]
) -> None:
    assert loosened_by(CommitSettings(settings), STANDING) == loosened
    first = replace(STANDING, settings=None)
    assert loosened_by(CommitSettings(settings), first) == ()


def test_what_the_rules_want_together_does_not_depend_on_their_order() -> None:
    guard = {"kind": "place_guard_stop", "distance": 0.05}
    nearer = {**guard, "distance": 0.02}
    rules = (
        make_rule("drawdown", 0.1, HALVE, guard, name="halve"),
        make_rule("drawdown", 0.1, {**HALVE, "fraction": 0.25}, nearer, name="quarter"),
        make_rule("drawdown", 0.1, {"kind": "pause_trading", "seconds": 60.0}, name="pause"),
    )
    wanted = []
    for order in (rules, rules[::-1]):
        desk = Desk(order)
        desk.read(long_account())
        result = desk.read(long_account(85.0))
        orders = {(type(each).__name__, str(each).split("causes")[0]) for each in result.commands}
        wanted.append((orders, {(r.scope, r.state, r.until) for r in result.memory.restrictions}))
    assert wanted[0] == wanted[1]
    assert len(wanted[0][0]) == 2
