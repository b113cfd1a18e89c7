"""The trader's rules: list, add, change, remove, reset."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from etrms_core.breakers.rule_document import parse_rule, parse_rules_json, parse_rules_toml
from etrms_core.breakers.rules import BreakerRule, find_rule
from etrms_core.breakers.tightening import loosened_rules
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.changes import EditRules, adding, changed_rules, removing, switching
from etrms_core.engine.ports import Clock
from etrms_core.engine.storage_ports import DeskRequest, DeskStore, RequestKind
from etrms_core.errors import ConfigurationError


class BreakerRules:
    """Every change is one transaction and one event; the monitor reads the rules each cycle.

    What a person asks for goes through `Commitment`; here a loosening is refused where it waits.

    Parameters
    ----------
    may_loosen : callable
        Whether a loosening counts at once.
    """

    def __init__(
        self, store: DeskStore, *, clock: Clock, may_loosen: Callable[[], bool] = lambda: True
    ) -> None:
        self._store = store
        self._clock = clock
        self._may_loosen = may_loosen

    def all(self) -> tuple[BreakerRule, ...]:
        """Return the rules in saved order."""
        return self._store.rules()

    def get(self, rule_id: str) -> BreakerRule:
        """Return one rule; ConfigurationError names those that exist."""
        return find_rule(self.all(), rule_id)

    def add(self, rules: Sequence[BreakerRule]) -> tuple[BreakerRule, ...]:
        """Add rules after the existing ones, all or none."""
        change = adding(self.all(), rules)
        self._save(change, f"added {', '.join(rule.name for rule in rules)}")
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
        change = switching(self.all(), rule_id, enabled=enabled)
        rule = find_rule(changed_rules(change, self.all()), rule_id)
        self._save(change, f"{'enabled' if enabled else 'disabled'} {rule.name}")
        return rule

    def remove(self, rule_id: str) -> BreakerRule:
        """Delete a rule with its state."""
        rule = self.get(rule_id)
        self._save(removing(self.all(), rule_id), f"removed {rule.name}")
        return rule

    def reset(self, rule_id: str) -> BreakerRule:
        """Ask the monitor to take a rule out of its latch at its next cycle."""
        rule = self.get(rule_id)
        require_at_once((f"{rule.name}: it is reset",), self._may_loosen)
        self._store.add_request(DeskRequest(RequestKind.RESET_BREAKER, rule_id, self._clock()))
        return rule

    def trigger(self, rule_id: str) -> BreakerRule:
        """Ask the monitor to fire a rule by hand at its next cycle; on paper accounts only."""
        rule = self.get(rule_id)
        self._store.add_request(DeskRequest(RequestKind.TRIGGER_BREAKER, rule_id, self._clock()))
        return rule

    def _save(self, change: EditRules, what: str) -> None:
        before = self.all()
        after = changed_rules(change, before)
        require_at_once(loosened_rules(before, after), self._may_loosen)
        self._store.save_rules(after)
        self._store.append_events(
            [DeskEvent(self._clock(), DeskEventKind.RULES_CHANGED, "breakers", what)]
        )


def require_at_once(loosened: Sequence[str], may_loosen: Callable[[], bool]) -> None:
    """Refuse what loosens where it has to wait."""
    if loosened and not may_loosen():
        raise ConfigurationError(
            f"this loosens what protects you, so it has to wait: {'; '.join(loosened)}"
        )
