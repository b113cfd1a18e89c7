"""The trader's rules: list, add, change, remove, reset."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from etrms_core.breakers.rule_document import parse_rule, parse_rules_json, parse_rules_toml
from etrms_core.breakers.rules import BreakerRule, find_rule
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.ports import Clock
from etrms_core.engine.storage_ports import DeskRequest, DeskStore, RequestKind
from etrms_core.errors import ConfigurationError


class BreakerRules:
    """Every change is one transaction and one event; the monitor reads the rules each cycle."""

    def __init__(self, store: DeskStore, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def all(self) -> tuple[BreakerRule, ...]:
        """Return the rules in saved order."""
        return self._store.rules()

    def get(self, rule_id: str) -> BreakerRule:
        """Return one rule; ConfigurationError names those that exist."""
        return find_rule(self.all(), rule_id)

    def add(self, rules: Sequence[BreakerRule]) -> tuple[BreakerRule, ...]:
        """Add rules after the existing ones, all or none."""
        existing = self.all()
        taken = {rule.rule_id for rule in existing}
        for rule in rules:
            if rule.rule_id in taken:
                raise ConfigurationError(
                    f"a breaker {rule.rule_id!r} exists already; remove it first or use another "
                    "name",
                    field="name",
                )
            taken.add(rule.rule_id)
        self._save((*existing, *rules), f"added {', '.join(rule.name for rule in rules)}")
        return tuple(rules)

    def add_document(self, document: Mapping[str, Any]) -> BreakerRule:
        """Add one rule given in the words of the public interface."""
        rule = parse_rule(document)
        self.add([rule])
        return rule

    def add_text(self, text: str, *, is_json: bool) -> tuple[BreakerRule, ...]:
        """Add the rules of a TOML or JSON document."""
        return self.add(parse_rules_json(text) if is_json else parse_rules_toml(text))

    def enable(self, rule_id: str, *, enabled: bool) -> BreakerRule:
        """Switch a rule on or off; its state is kept."""
        rules = self.all()
        changed = replace(find_rule(rules, rule_id), enabled=enabled)
        word = "enabled" if enabled else "disabled"
        self._save(
            tuple(changed if rule.rule_id == rule_id else rule for rule in rules),
            f"{word} {changed.name}",
        )
        return changed

    def remove(self, rule_id: str) -> BreakerRule:
        """Delete a rule with its state."""
        rules = self.all()
        removed = find_rule(rules, rule_id)
        self._save(
            tuple(rule for rule in rules if rule.rule_id != rule_id), f"removed {removed.name}"
        )
        return removed

    def reset(self, rule_id: str) -> BreakerRule:
        """Ask the monitor to take a rule out of its latch at its next cycle."""
        rule = self.get(rule_id)
        self._store.add_request(DeskRequest(RequestKind.RESET_BREAKER, rule_id, self._clock()))
        return rule

    def trigger(self, rule_id: str) -> BreakerRule:
        """Ask the monitor to fire a rule by hand at its next cycle; on paper accounts only."""
        rule = self.get(rule_id)
        self._store.add_request(DeskRequest(RequestKind.TRIGGER_BREAKER, rule_id, self._clock()))
        return rule

    def _save(self, rules: Sequence[BreakerRule], what: str) -> None:
        self._store.save_rules(rules)
        self._store.append_events(
            [DeskEvent(self._clock(), DeskEventKind.RULES_CHANGED, "breakers", what)]
        )
