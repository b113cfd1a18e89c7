"""Rules spread over scopes, and the state that follows them."""

import numpy as np
import pytest

from etrms_core.breakers.breaker_book import (
    BreakerBook,
    align_breakers,
    compile_rules,
    step_breakers,
)
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.kernels import breaker_state as states
from etrms_core.kernels.arrays import Records, copied, records
from etrms_core.kernels.breaker_state import READING
from tests.engine.desk import make_rule

BTC, ETH = Scope(ScopeKind.SYMBOL, "BTC"), Scope(ScopeKind.SYMBOL, "ETH")
SCOPES = (PORTFOLIO, Scope(ScopeKind.EXCHANGE, "x"), BTC, ETH)
EACH_SYMBOL = {"kind": "symbol"}


def readings(values: list[float], navs: list[float], *, evaluated: bool = True) -> Records:
    size = len(values)
    return records(
        READING,
        value=np.array(values),
        nav=np.array(navs),
        nav_restarted=np.zeros(size, np.bool_),
        is_evaluated=np.full(size, evaluated),
    )


def test_a_rule_without_a_name_watches_every_scope_of_its_kind() -> None:
    table = compile_rules([make_rule(scope=EACH_SYMBOL)], SCOPES)
    assert table.keys == (("guard", BTC), ("guard", ETH))


def test_a_rule_with_a_name_watches_that_scope_only() -> None:
    named = make_rule(scope={"kind": "symbol", "name": "ETH"})
    assert compile_rules([named], SCOPES).keys == (("guard", ETH),)


def test_rules_keep_their_saved_order_over_scopes() -> None:
    rules = [make_rule(id="second", scope=EACH_SYMBOL), make_rule(id="first")]
    keys = compile_rules(rules, SCOPES).keys
    assert [rule_id for rule_id, _ in keys] == ["second", "second", "first"]


def test_thresholds_and_times_reach_the_kernel() -> None:
    rule = make_rule(for_seconds=1.5, cooldown_seconds=60, reset_threshold=0.05, comparison=">")
    arrays = compile_rules([rule], SCOPES).arrays
    assert (arrays.for_ms[0], arrays.cooldown_ms[0]) == (1500, 60_000)
    assert (arrays.threshold[0], arrays.reset_threshold[0]) == (0.1, 0.05)
    assert arrays.comparison[0] == states.ABOVE


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("notify", states.ON_UNKNOWN_NOTIFY),
        ("block_entries", states.ON_UNKNOWN_BLOCK),
        ("trigger", states.ON_UNKNOWN_TRIGGER),
    ],
)
def test_what_to_do_when_unknown_reaches_the_kernel(word: str, code: int) -> None:
    assert compile_rules([make_rule(on_unknown=word)], SCOPES).arrays.on_unknown[0] == code


def test_only_drawdown_rules_have_a_basis() -> None:
    rules = [
        make_rule(id="a", drawdown_basis="day_start"),
        make_rule(id="b", drawdown_basis="initial"),
        make_rule("daily_loss", id="c", drawdown_basis="day_start"),
        make_rule("daily_loss", id="d", drawdown_basis="initial"),
    ]
    table = compile_rules(rules, SCOPES)
    assert table.from_day_start.tolist() == [True, False, False, False]
    assert table.from_initial.tolist() == [False, True, False, False]
    assert table.arrays.measures_peak.tolist() == [False] * 4


def test_a_new_rule_starts_armed_with_its_peak_at_the_present_nav() -> None:
    table = compile_rules([make_rule()], SCOPES)
    book = align_breakers(BreakerBook(), table, np.array([0.8, 1.0, 1.0, 1.0]))
    assert book.memory.state.tolist() == [states.ARMED]
    assert book.memory.peak.tolist() == [0.8]


def test_an_unknown_nav_starts_a_peak_that_the_first_known_nav_raises() -> None:
    table = compile_rules([make_rule()], SCOPES)
    book = align_breakers(BreakerBook(), table, np.full(4, np.nan))
    step = step_breakers(book, table, readings([0.0], [0.7]), as_of_ms=1)
    assert step.book.memory.peak.tolist() == [0.7]
    assert step.outcomes.tolist() == [0]


def test_a_rule_keeps_its_state_when_rules_and_scopes_around_it_change() -> None:
    table = compile_rules([make_rule()], SCOPES)
    book = align_breakers(BreakerBook(), table, np.ones(4))
    fired = step_breakers(book, table, readings([0.0], [0.8]), as_of_ms=1).book
    wider = compile_rules(
        [make_rule(id="new"), make_rule(threshold=0.3)], (*SCOPES, Scope(ScopeKind.SYMBOL, "SOL"))
    )
    aligned = align_breakers(fired, wider, np.full(5, 0.8))
    assert aligned.memory.state.tolist() == [states.ARMED, states.COOLING_DOWN]
    assert aligned.memory.peak.tolist() == [0.8, 1.0]


def test_a_disabled_rule_keeps_its_state() -> None:
    table = compile_rules([make_rule()], SCOPES)
    book = align_breakers(BreakerBook(), table, np.ones(4))
    fired = step_breakers(book, table, readings([0.0], [0.8]), as_of_ms=1).book
    disabled = compile_rules([make_rule(enabled=False)], SCOPES)
    assert align_breakers(fired, disabled, np.full(4, 0.8)).memory.state[0] == states.COOLING_DOWN


def test_a_deleted_rule_is_forgotten() -> None:
    table = compile_rules([make_rule()], SCOPES)
    fired = step_breakers(
        align_breakers(BreakerBook(), table, np.ones(4)),
        table,
        readings([0.0], [0.8]),
        as_of_ms=1,
    ).book
    gone = align_breakers(fired, compile_rules([], SCOPES), np.ones(4))
    back = align_breakers(gone, table, np.full(4, 0.8))
    assert back.memory.state[0] == states.ARMED


def test_a_step_leaves_the_book_before_it_untouched() -> None:
    table = compile_rules([make_rule()], SCOPES)
    book = align_breakers(BreakerBook(), table, np.ones(4))
    before = copied(book.memory)
    step_breakers(book, table, readings([0.0], [0.5]), as_of_ms=1)
    np.testing.assert_array_equal(book.memory, before)


def test_a_row_that_is_not_evaluated_stays_as_it_is() -> None:
    table = compile_rules([make_rule("nav", 0.5, comparison="<=")], SCOPES)
    book = align_breakers(BreakerBook(), table, np.ones(4))
    step = step_breakers(book, table, readings([0.1], [0.1], evaluated=False), as_of_ms=1)
    assert step.book.memory.state.tolist() == [states.ARMED]
    assert step.outcomes.tolist() == [0]
