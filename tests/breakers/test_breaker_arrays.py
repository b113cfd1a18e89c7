"""What the state machine is given: every column of every row."""

import numpy as np

from etrms_core.breakers.breaker_book import (
    BreakerBook,
    align_breakers,
    compile_rules,
    step_breakers,
)
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.kernels import breaker_state as states
from etrms_core.kernels.breaker_state import MEMORY
from etrms_core.risk.metrics import COLUMN, Metric
from tests.breakers.test_breaker_book import readings
from tests.engine.desk import NOTIFY, make_rule

SCOPES = (PORTFOLIO, Scope(ScopeKind.SYMBOL, "BTC"), Scope(ScopeKind.SYMBOL, "ETH"))
RULES = (
    make_rule(id="a", scope={"kind": "symbol"}),
    make_rule("nav", 0.5, id="b", comparison="<=", latched=True),
    make_rule("equity", 1.0, NOTIFY, id="c"),
    make_rule(id="d", enabled=False, drawdown_peak="since_rearm"),
)


def test_every_row_knows_its_rule_its_scope_and_its_metric() -> None:
    table = compile_rules(RULES, SCOPES)
    assert (table.rules, table.scopes) == (RULES, SCOPES)
    assert table.rule.tolist() == [0, 0, 1, 2, 3]
    assert table.scope.tolist() == [1, 2, 0, 0, 0]
    drawdown, nav, equity = (COLUMN[m] for m in (Metric.DRAWDOWN, Metric.NAV, Metric.EQUITY))
    assert table.column.tolist() == [drawdown, drawdown, nav, equity, drawdown]


def test_only_enabled_rules_that_do_more_than_notify_block_entries() -> None:
    assert compile_rules(RULES, SCOPES).may_block.tolist() == [True, True, True, False, False]
    quiet = make_rule("drawdown", 0.1, NOTIFY, enabled=False)
    assert compile_rules([quiet], SCOPES).may_block.tolist() == [False]


def test_latches_and_peaks_reach_the_kernel() -> None:
    arrays = compile_rules(RULES, SCOPES).arrays
    assert arrays.latched.tolist() == [False, False, True, False, False]
    assert arrays.peak_since_rearm.tolist() == [False, False, False, False, True]
    assert arrays.measures_peak.tolist() == [True, True, False, False, True]


def test_no_rule_makes_empty_columns_of_the_right_type() -> None:
    table = compile_rules([], SCOPES)
    integers, flags = (np.dtype(each) for each in (np.int64, np.bool_))
    assert [each.dtype for each in (table.rule, table.scope, table.column)] == [integers] * 3
    assert [each.dtype for each in (table.from_day_start, table.from_initial)] == [flags] * 2
    assert table.may_block.dtype == flags
    assert align_breakers(BreakerBook(), table, np.ones(3)).keys == ()


def test_a_new_desk_remembers_no_breaker() -> None:
    memory = BreakerBook().memory
    assert (memory.size, memory.dtype.names, type(memory)) == (0, MEMORY.names, np.recarray)
    assert memory.state.size == 0


def test_a_new_row_has_never_breached_nor_fired() -> None:
    table = compile_rules(RULES, SCOPES)
    memory = align_breakers(BreakerBook(), table, np.array([0.9, np.nan, 1.1])).memory
    assert memory.peak.tolist() == [0.0, 1.1, 0.9, 0.9, 0.9]
    assert memory.state.tolist() == [states.ARMED] * 5
    for times in (memory.breach_since_ms, memory.triggered_at_ms, memory.previous_trigger_ms):
        assert times.tolist() == [states.NEVER_MS] * 5
    assert memory.is_unknown.tolist() == [False] * 5


def test_a_step_tells_what_was_compared() -> None:
    table = compile_rules([make_rule("nav", 0.5, comparison="<=")], SCOPES)
    book = align_breakers(BreakerBook(), table, np.ones(3))
    step = step_breakers(book, table, readings([0.7], [0.7]), as_of_ms=1)
    assert step.values.tolist() == [0.7]
    assert step.outcomes.dtype == np.dtype(np.int64)
    assert step.book.keys == table.keys
