"""Reading a snapshot."""

from dataclasses import replace

import numpy as np
import pytest

from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.risk.metrics import COLUMN, Metric
from etrms_core.risk.snapshot import PeriodResult, RiskSnapshot
from tests.builders import make_account, make_position
from tests.risk.desk import measure_desk

NOWHERE = Scope(ScopeKind.SYMBOL, "NOWHERE")


@pytest.fixture
def snapshot() -> RiskSnapshot:
    return measure_desk([make_account(make_position())])


def test_without_a_scope_the_portfolio_is_read(snapshot: RiskSnapshot) -> None:
    assert snapshot.value(Metric.EQUITY) == 1000.0


def test_what_does_not_exist_is_none(snapshot: RiskSnapshot) -> None:
    assert snapshot.value(Metric.GROSS_EXPOSURE, NOWHERE) is None
    assert snapshot.result(NOWHERE) is None


def test_what_is_unknown_is_none_and_zero_is_zero(snapshot: RiskSnapshot) -> None:
    snapshot.values[0, COLUMN[Metric.DRAWDOWN]] = np.nan
    assert snapshot.value(Metric.DRAWDOWN) is None
    assert snapshot.value(Metric.DAILY_LOSS) == 0.0


def test_infinity_is_a_value(snapshot: RiskSnapshot) -> None:
    snapshot.values[0, COLUMN[Metric.LIQUIDATION_DISTANCE]] = np.inf
    assert snapshot.value(Metric.LIQUIDATION_DISTANCE) == np.inf


def test_money_earned_is_read_by_period(snapshot: RiskSnapshot) -> None:
    results = snapshot.results.copy()
    results[0] = 40.0, 1.0, 2.0, 3.0
    changed = replace(snapshot, results=results)
    assert changed.result() == PeriodResult(total=40.0, day=1.0, week=2.0, month=3.0)
