"""A person's reset of a rule."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from etrms_core.breakers.breaker_book import BreakerBook
from etrms_core.breakers.rules import BreakerRule, DrawdownPeak, find_rule
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.engine.breaker_sentences import breaker_event
from etrms_core.engine.memory import CycleMemory
from etrms_core.kernels.arrays import copied
from etrms_core.kernels.breaker_state import LATCHED, reset_row
from etrms_core.kernels.nav_book import NAV


def reset_breaker(
    memory: CycleMemory, rules: Sequence[BreakerRule], rule_id: str, *, now: datetime
) -> tuple[CycleMemory, tuple[BreakerEvent, ...]]:
    """Take every instance of a rule out of its latch and lift what it set until reset.

    A peak that restarts on re-arming does so now and the rule is armed; any other rule waits for
    its reset threshold. Pauses end at their time; what the rule still owes is forgotten.

    Raises
    ------
    ConfigurationError
        If no rule has this id.
    """
    rule = find_rule(rules, rule_id)
    navs = dict(zip(memory.navs.scopes, memory.navs.table[:, NAV].tolist(), strict=True))
    book = memory.breakers
    arrays = copied(book.memory)
    events = []
    for row, (owner, scope) in enumerate(book.keys):
        if owner == rule_id and arrays.state[row] == LATCHED:
            restarts = rule.measures_peak and rule.drawdown_peak is DrawdownPeak.SINCE_REARM
            reset_row(arrays[row], navs[scope], restarts)
            text = "a person reset it"
            events.append(breaker_event(rule, scope, BreakerEventKind.RESET, text, occurred_at=now))
    owed = {key: positions for key, positions in memory.owed.items() if key[0] != rule_id}
    lifted = [r for r in memory.restrictions if r.source == rule_id and r.until is None]
    for each in lifted:
        text = f"a person lifted the reduce-only mode of {each.scope}"
        kind = BreakerEventKind.RESET
        events.append(breaker_event(rule, each.scope, kind, text, occurred_at=now))
    kept = tuple(each for each in memory.restrictions if each not in lifted)
    return (
        replace(memory, breakers=BreakerBook(book.keys, arrays), restrictions=kept, owed=owed),
        tuple(events),
    )
