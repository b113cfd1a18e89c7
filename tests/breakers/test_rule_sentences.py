"""What a person is told about a rule, word by word."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from etrms_core.breakers.rule_document import (
    parse_rule,
    parse_rules,
    parse_rules_json,
    parse_rules_toml,
)
from etrms_core.breakers.rules import LONGEST_SECONDS, BreakerRule, rule_id_from_name, rule_warnings
from etrms_core.errors import ConfigurationError

CLOSE_ALL = {"kind": "close_all"}


def document(**fields: object) -> dict[str, Any]:
    standard = {"name": "guard", "metric": "drawdown", "threshold": 0.1, "actions": [CLOSE_ALL]}
    return {**standard, **fields}


def told(**fields: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_rule(document(**fields))
    return str(caught.value).removeprefix("breakers.0.")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": " "}, "name: a breaker needs a name"),
        ({"actions": []}, "actions: a breaker needs at least one action"),
        ({"for_seconds": -1}, "for_seconds: lies between 0 s and 366 days, was -1 s"),
        ({"threshold": True}, "threshold: must be a number, was True"),
        ({"threshold": None}, "threshold: must be a number"),
        ({"name": 3}, "name: must be text in quotes"),
        ({"enabled": "no"}, "enabled: must be true or false"),
        ({"actions": "notify"}, "actions: must be a list in square brackets"),
        ({"actions": [3]}, "actions.0: must be a table"),
        ({"evaluate": "x"}, "evaluate: must be 'tick' or 'bar_close'"),
        (
            {"cooldown_seconds": 40_000_000},
            "cooldown_seconds: lies between 0 s and 366 days, was 462.96 days",
        ),
        (
            {"threshold": 1.5},
            'threshold: drawdown never exceeds 100%, so "at least 150%" can never fire',
        ),
        (
            {"threshold": -0.05},
            'threshold: drawdown is never below 0%, so "at least -5%" always holds: the breaker '
            "would fire at once and never be armed again",
        ),
        (
            {"reset_threshold": 0.2},
            "reset_threshold: 20% lies beyond the threshold 10%: the rule would be armed again "
            "while its condition still holds",
        ),
        (
            {"metric": "equity", "scope": {"kind": "symbol"}},
            "scope: equity exists for exchange, portfolio, not for symbol",
        ),
        ({"scope": {"kind": "portfolio", "name": "x"}}, "scope.name: the portfolio has no name"),
        (
            {"actions": [{"kind": "reduce_position", "fraction": 2}]},
            "actions.fraction: reduce_position needs fraction above 0 and at most 1, was 2",
        ),
        (
            {"actions": [{"kind": "reduce_position", "fraction": -1e-9}]},
            "actions.fraction: reduce_position needs fraction above 0 and at most 1, "
            "was -0.000000001",
        ),
        (
            {"actions": [{"kind": "pause_trading", "seconds": 40_000_000}]},
            "actions.seconds: pause_trading needs seconds above 0 and at most 366 days, "
            "was 462.96 days",
        ),
        (
            {"actions": [{"kind": "close_all", "fraction": 1}]},
            "actions: close_all takes no fraction",
        ),
        (
            {"actions": [{"kind": "reduce_position", "seconds": 60}]},
            "actions: reduce_position takes no seconds",
        ),
    ],
)
def test_a_refused_field_is_told_why(fields: dict[str, object], sentence: str) -> None:
    assert told(**fields) == sentence


def test_a_metric_that_does_not_exist_is_told_the_closest_names_and_how_to_list_all() -> None:
    assert told(metric="drowdown") == (
        "metric: no metric is called 'drowdown'; did you mean drawdown? "
        "`etrms breakers metrics` lists all of them"
    )
    assert told(metric="qqq" * 100) == (
        f"metric: no metric is called {'qqq' * 20!r}; `etrms breakers metrics` lists all of them"
    )


def test_an_unknown_field_is_told_the_known_ones() -> None:
    assert told(colour=1) == (
        "colour: is no field of a breaker; there are id, name, enabled, scope, metric, comparison, "
        "threshold, for_seconds, reset_threshold, cooldown_seconds, latched, drawdown_peak, "
        "drawdown_basis, on_unknown, act_when_partial, evaluate, shadow, actions"
    )


@pytest.mark.parametrize(
    ("name", "value"), [("threshold", float("nan")), ("reset_threshold", float("inf"))]
)
def test_a_rule_of_numbers_that_are_none_is_told_so(name: str, value: float) -> None:
    fields: dict[str, Any] = {"threshold": 0.1, name: value}
    rule = parse_rule(document())
    with pytest.raises(ConfigurationError) as caught:
        BreakerRule(rule_id="r", name="r", metric=rule.metric, actions=rule.actions, **fields)
    assert str(caught.value) == f"{name}: is a finite number, was {value}"


def test_the_largest_argument_and_the_longest_time_are_allowed() -> None:
    whole = {"kind": "reduce_position", "fraction": 1}
    assert parse_rule(document(actions=[whole])).actions[0].argument == 1.0
    assert parse_rule(document(for_seconds=LONGEST_SECONDS)).for_seconds == LONGEST_SECONDS


def test_an_id_has_no_hyphen_at_its_ends_but_keeps_its_letters() -> None:
    assert rule_id_from_name("- XX max -") == "xx-max"
    assert rule_id_from_name("X") == "x"


def warning(**fields: object) -> str:
    (sentence,) = rule_warnings(parse_rule(document(**fields)))
    return sentence


@pytest.mark.parametrize(
    ("fields", "advice"),
    [
        ({}, 'Choose drawdown_peak = "since_rearm" to measure from where it is armed again.'),
        (
            {"drawdown_basis": "initial"},
            "Latch it, so that a person decides what comes next.",
        ),
        (
            {"metric": "nav", "comparison": "<="},
            'Choose drawdown with drawdown_peak = "since_rearm" instead.',
        ),
        (
            {"metric": "consecutive_losses", "threshold": 3},
            "Only a trade that wins ends the streak: let the rule notify and nothing else.",
        ),
    ],
)
def test_a_rule_that_may_block_for_ever_is_told_what_to_do(
    fields: dict[str, object], advice: str
) -> None:
    metric = fields.get("metric", "drawdown")
    assert warning(**fields) == (
        f"guard: once it acted, {metric} cannot come back while nothing is open: the rule then "
        "waits for its reset threshold, and entries stay blocked, until something else moves it. "
        + advice
    )


# Files


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[x]]", "x: is not known in a breaker file"),
        ("breakers = 3", "breakers: must be a list of tables, written [[breakers]]"),
        ("breakers = [3]", "breakers: must be a list of tables, written [[breakers]]"),
    ],
)
def test_a_wrong_toml_is_told_why(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_rules_toml(text)
    assert str(caught.value) == sentence


def test_what_is_not_toml_is_told_where() -> None:
    with pytest.raises(ConfigurationError, match=r"^breakers: is not TOML: .+line 1"):
        parse_rules_toml("a b\n")


@pytest.mark.parametrize("wrap", ["rule", "list", "file"])
def test_a_rule_a_list_and_a_file_are_read_from_json(wrap: str) -> None:
    rule = document()
    text = json.dumps({"rule": rule, "list": [rule], "file": {"breakers": [rule]}}[wrap])
    assert parse_rules_json(text) == (parse_rule(rule),)


def test_a_json_file_may_hold_one_rule_without_a_list() -> None:
    assert parse_rules_json(json.dumps({"breakers": document()})) == (parse_rule(document()),)


@pytest.mark.parametrize("text", ["3", "[3]", '{"breakers": 3}', '{"breakers": ["a"]}'])
def test_json_that_holds_no_rules_is_told_what_it_should_hold(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_rules_json(text)
    assert str(caught.value) == "breakers: must be an object or a list of objects"


def test_what_is_not_json_is_told_where() -> None:
    with pytest.raises(ConfigurationError, match=r"^breakers: is not JSON: .+line 1"):
        parse_rules_json("{")


@pytest.mark.parametrize("nest", [lambda n: "[" * n, lambda n: '{"a":' * n])
def test_json_that_is_nested_too_deeply_is_told_so_without_the_words_of_python(
    nest: Callable[[int], str],
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_rules_json(nest(100_000))
    assert str(caught.value) == (
        "breakers: is not read: the JSON is nested deeper than any breaker needs"
    )


def test_an_object_with_more_than_breakers_is_a_rule_and_names_the_stranger() -> None:
    with pytest.raises(ConfigurationError, match=r"^breakers\.0\."):
        parse_rules_json('{"breakers": [], "version": 1}')


def test_the_second_rule_of_a_name_is_told_which() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_rules([document(), document(name="other", id="guard")])
    assert str(caught.value) == (
        "breakers.1.name: 'other' has the same id, 'guard', as a breaker before it"
    )


def test_a_mistake_in_the_second_rule_is_named_with_its_place() -> None:
    with pytest.raises(ConfigurationError, match=r"^breakers\.1\.threshold: "):
        parse_rules([document(), document(name="other", threshold="x")])
