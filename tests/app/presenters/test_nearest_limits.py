"""Limits by how near they are."""

from math import inf

import pytest

from app.presenters.cells import DASH, Tone
from app.presenters.nearest_limits import MOST_ROWS, nearest_limits
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.risk.metrics import Metric
from tests.app.readings import account_with, make_rule, run_cycles
from tests.builders import make_account, make_position

BOOK = make_account(make_position(quantity=1.0))


def leverage() -> float:
    value = run_cycles([BOOK]).snapshot.value(Metric.GROSS_LEVERAGE)
    assert value is not None
    return value


def test_the_nearest_limit_comes_first() -> None:
    rules = [
        make_rule("far", metric=Metric.GROSS_LEVERAGE, threshold=leverage() * 10.0),
        make_rule("near", metric=Metric.GROSS_LEVERAGE, threshold=leverage() * 1.1),
        make_rule("middle", metric=Metric.GROSS_LEVERAGE, threshold=leverage() * 2.0),
    ]
    rows = nearest_limits(run_cycles([BOOK], rules=rules), DEFAULT_LIMITS)
    assert [row.name.text for row in rows] == ["near", "middle", "far"]
    assert rows[0].headroom.tone is Tone.WARNING
    assert rows[2].headroom.share == pytest.approx(0.9)


def test_limits_of_the_gate_are_limits_too() -> None:
    limits = Limits(maximum_leverage=leverage() * 2.0, maximum_position_notional=1.0)
    rows = nearest_limits(run_cycles([BOOK]), limits)
    assert [row.name.text for row in rows] == ["Largest position", "Leverage"]
    assert rows[0].headroom.text == "limit reached"
    assert rows[1].used == 0.5
    assert [row.headroom.share for row in rows] == [0.0, 0.5]


def test_orders_of_the_last_minute_are_a_limit_like_any_other() -> None:
    limits = Limits(maximum_orders_per_minute=10)
    state = run_cycles([BOOK])
    (row,) = nearest_limits(state, limits, entries_sent=9)
    assert (row.name.text, row.name.note) == (
        "Entry orders per minute",
        "reductions and stops are never counted",
    )
    assert (row.value.text, row.limit.text, row.headroom.text) == ("9", "10", "1 left")
    assert (row.headroom.tone, row.used) == (Tone.WARNING, 0.9)
    assert nearest_limits(state, limits) == ()
    unlimited = Limits(maximum_orders_per_minute=None)
    assert nearest_limits(state, unlimited, entries_sent=9) == ()


def test_what_is_not_known_comes_first_and_shows_no_number() -> None:
    rules = [make_rule("drawdown")]
    state = run_cycles([account_with(observed_at=None)], rules=rules)
    limits = Limits(maximum_leverage=3.0, maximum_position_notional=1.0)
    rows = nearest_limits(state, limits)
    assert {row.used for row in rows} == {inf}
    assert {row.value.text for row in rows} == {DASH}


def test_a_rule_that_is_off_is_no_limit() -> None:
    state = run_cycles([BOOK], rules=[make_rule("off", enabled=False)])
    assert nearest_limits(state, DEFAULT_LIMITS) == ()


def test_only_the_nearest_are_shown() -> None:
    rules = [make_rule(f"rule {number}") for number in range(MOST_ROWS + 3)]
    assert len(nearest_limits(run_cycles([BOOK], rules=rules), DEFAULT_LIMITS)) == MOST_ROWS
