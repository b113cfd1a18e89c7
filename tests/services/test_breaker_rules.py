"""Changing rules: all or none, one event each, mistakes named."""

from datetime import timedelta
from functools import partial

import pytest

from etrms_core.domain.events import DeskEventKind
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.errors import ConfigurationError
from etrms_core.services.breaker_rules import BreakerRules
from tests.builders import NOW
from tests.engine.desk import NOTIFY, make_rule
from tests.fakes import InMemoryDeskStore, ManualClock


def rules_of(*names: str) -> tuple[BreakerRules, InMemoryDeskStore]:
    store = InMemoryDeskStore()
    store.save_rules([make_rule(name=name) for name in names])
    return BreakerRules(store, clock=ManualClock(NOW)), store


def changes(store: InMemoryDeskStore) -> list[str]:
    return [each.event.detail for each in store.events(kinds=[DeskEventKind.RULES_CHANGED])][::-1]


def ids(rules: BreakerRules) -> list[str]:
    return [rule.rule_id for rule in rules.all()]


def test_new_rules_stand_after_the_existing_ones() -> None:
    rules, store = rules_of("a")
    rules.add([make_rule(name="c"), make_rule(name="b")])
    assert ids(rules) == ["a", "c", "b"]
    assert changes(store) == ["added c, b"]


def test_rules_are_added_all_or_none() -> None:
    rules, store = rules_of("a")
    with pytest.raises(ConfigurationError, match="'a' exists already") as caught:
        rules.add([make_rule(name="b"), make_rule(name="a")])
    assert caught.value.field == "name"
    assert (ids(rules), changes(store)) == (["a"], [])


def test_two_new_rules_with_one_id_are_refused() -> None:
    rules, _ = rules_of()
    with pytest.raises(ConfigurationError, match="'a' exists already"):
        rules.add([make_rule(name="a"), make_rule(name="a")])
    assert ids(rules) == []


def test_a_rule_can_be_given_as_a_document_or_as_toml() -> None:
    rules, _ = rules_of()
    document = {"name": "doc", "metric": "drawdown", "threshold": 0.1, "actions": [NOTIFY]}
    assert rules.add_document(document) == rules.get("doc")
    text = """
        [[breakers]]
        name = "toml"
        metric = "equity"
        comparison = "<="
        threshold = 5.0
        actions = [{ kind = "notify" }]
        """
    assert rules.add_text(text, is_json=False) == (rules.get("toml"),)
    with pytest.raises(ConfigurationError, match="threshold"):
        rules.add_document({**document, "name": "x", "threshold": "high"})
    assert ids(rules) == ["doc", "toml"]


def test_a_rule_is_switched_off_and_on_in_its_place() -> None:
    rules, store = rules_of("a", "b")
    assert not rules.enable("a", enabled=False).enabled
    assert [(rule.rule_id, rule.enabled) for rule in rules.all()] == [("a", False), ("b", True)]
    assert rules.enable("a", enabled=True).enabled
    assert changes(store) == ["disabled a", "enabled a"]


def test_a_removed_rule_is_gone() -> None:
    rules, store = rules_of("a", "b")
    assert rules.remove("a").rule_id == "a"
    assert ids(rules) == ["b"]
    assert changes(store) == ["removed a"]


def test_a_reset_is_a_wish_for_the_monitor() -> None:
    store = InMemoryDeskStore()
    store.save_rules([make_rule(name="a")])
    clock = ManualClock(NOW)
    clock.advance(seconds=3)
    BreakerRules(store, clock=clock).reset("a")
    wish = DeskRequest(RequestKind.RESET_BREAKER, "a", NOW + timedelta(seconds=3), number=1)
    assert store.requests() == (wish,)


def test_a_trigger_by_hand_is_a_wish_for_the_monitor() -> None:
    store = InMemoryDeskStore()
    store.save_rules([make_rule(name="a")])
    BreakerRules(store, clock=ManualClock(NOW)).trigger("a")
    wish = DeskRequest(RequestKind.TRIGGER_BREAKER, "a", NOW, number=1)
    assert store.requests() == (wish,)


def test_an_unknown_rule_is_named_with_those_there_are() -> None:
    rules, store = rules_of("a", "b")
    calls = (rules.get, rules.remove, rules.reset, partial(rules.enable, enabled=True))
    for call in calls:
        with pytest.raises(ConfigurationError, match="no breaker 'z'; there are: a, b"):
            call("z")
    assert (store.requests(), changes(store)) == ((), [])
    with pytest.raises(ConfigurationError, match="there are: none"):
        rules_of()[0].get("z")


def test_where_loosening_has_to_wait_it_is_refused_here_and_tightening_is_not() -> None:
    store = InMemoryDeskStore()
    store.save_rules([make_rule(name="a")])
    rules = BreakerRules(store, clock=ManualClock(NOW), may_loosen=lambda: False)
    for call in (rules.remove, rules.reset, partial(rules.enable, enabled=False)):
        with pytest.raises(ConfigurationError, match="loosens what protects you"):
            call("a")
    assert (ids(rules), store.requests(), changes(store)) == (["a"], (), [])
    rules.add([make_rule(name="b")])
    rules.enable("b", enabled=True)
    assert ids(rules) == ["a", "b"]
