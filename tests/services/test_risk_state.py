"""What readers see of a cycle."""

from dataclasses import replace

import pytest

from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.kernels import breaker_state as states
from etrms_core.services.risk_state import STATE_NAMES, RiskState, breaker_views, current_value
from tests.engine.desk import NOTIFY, Desk, long_account, make_rule


def test_every_state_of_the_kernel_has_a_name() -> None:
    codes = {states.ARMED, states.COOLING_DOWN, states.WAITING_RESET, states.LATCHED}
    assert set(STATE_NAMES) == codes
    assert len(set(STATE_NAMES.values())) == len(codes)


def test_a_breaker_shows_its_state_value_and_last_trigger() -> None:
    desk = Desk(rules=(make_rule("drawdown", 0.1, NOTIFY, latched=True), make_rule(name="b")))
    first = desk.read(long_account(100.0))
    views = breaker_views(first.memory, desk.rules, first.snapshot)
    assert [(view.state, view.value, view.triggered_at_ms) for view in views] == [
        ("armed", 0.0, None),
        ("armed", 0.0, None),
    ]
    fired = desk.read(long_account(80.0))
    view = breaker_views(fired.memory, desk.rules, fired.snapshot)[0]
    assert (view.state, view.scope, view.rule) == ("latched", PORTFOLIO, desk.rules[0])
    assert view.value == pytest.approx(0.2)
    assert view.triggered_at_ms == int(desk.now.timestamp() * 1000)


def test_each_instance_of_a_scope_is_shown_and_a_removed_rule_is_not() -> None:
    desk = Desk(
        rules=(make_rule("position_loss", 0.1, scope={"kind": "symbol"}), make_rule(name="b"))
    )
    result = desk.read(
        long_account(95.0), long_account(90.0, account="b", venue="other", symbol="ETHUSDT")
    )
    views = breaker_views(result.memory, desk.rules[:1], result.snapshot)
    assert [view.scope.name for view in views] == ["BTCUSDT", "ETHUSDT"]
    assert all(view.rule.rule_id == "guard" for view in views)


def test_a_drawdown_is_measured_from_its_own_basis() -> None:
    desk = Desk()
    for mark in (100.0, 150.0, 120.0):
        result = desk.read(long_account(mark))
    peak, initial, day = (
        make_rule("drawdown", 0.1, drawdown_basis=basis)
        for basis in ("peak", "initial", "day_start")
    )
    # NAV rose from 1.0 to 1.5 and is 1.2.
    assert current_value(peak, PORTFOLIO, 1.5, result.snapshot) == pytest.approx(0.2)
    assert current_value(initial, PORTFOLIO, 1.5, result.snapshot) == 0.0
    assert current_value(day, PORTFOLIO, 1.5, result.snapshot) == 0.0
    nowhere = Scope(ScopeKind.SYMBOL, "XRP")
    for rule in (peak, initial, day, make_rule("equity", 1.0)):
        assert current_value(rule, nowhere, 1.5, result.snapshot) is None


def test_a_state_is_paper_while_no_account_holds_real_money() -> None:
    paper, real = long_account(), replace(long_account(account="b"), is_paper=False)
    result = Desk().read(paper, real)
    assert RiskState(result.snapshot, (paper,), result.memory, ()).is_paper
    mixed = RiskState(result.snapshot, (paper, real), result.memory, ())
    assert not mixed.is_paper
    assert mixed.as_of == result.snapshot.as_of
    assert mixed.blocks == result.memory.blocks
