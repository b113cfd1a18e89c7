"""The table of circuit breakers."""

from app.components.breaker_table import breaker_table
from app.presenters.breaker_rows import breaker_rows
from tests.app.readings import make_rule, run_cycles
from tests.builders import make_account


def test_breakers_are_rows_and_idle_rules_a_sentence() -> None:
    rows = breaker_rows(run_cycles([make_account()], rules=[make_rule("drawdown")]))
    drawn = breaker_table(rows, ["loss", "distance"])
    assert drawn.count('role="rowheader"') == 1
    assert "Nothing to watch right now: loss, distance." in drawn


def test_without_any_breaker_it_warns() -> None:
    drawn = breaker_table((), ())
    assert "No circuit breaker is set" in drawn
    assert "et-warning" in drawn


def test_only_idle_rules_draw_no_empty_table() -> None:
    assert "<table" not in breaker_table((), ["loss"])
