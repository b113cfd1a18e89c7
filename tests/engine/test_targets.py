"""Which positions and orders a scope holds."""

import numpy as np
import pytest

from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.engine.reading import read_risk
from etrms_core.engine.targets import position_values, scope_members
from etrms_core.risk.metrics import CATALOGUE, Metric
from tests.builders import NOW, make_account, make_position
from tests.engine.desk import PATIENT, Desk

POSITIONS = (
    make_position("BTCUSDT", 10.0, mark_price=80.0),
    make_position("ETHUSDT", -4.0, mark_price=101.0),
)


def test_every_position_metric_has_a_value_per_position_and_the_scope_has_the_worst() -> None:
    snapshot = Desk().read(make_account(*POSITIONS)).snapshot
    for metric, info in CATALOGUE.items():
        if info.per_position:
            values = position_values(snapshot, metric)
            worst = values.min() if metric is Metric.LIQUIDATION_DISTANCE else values.max()
            assert snapshot.value(metric) == worst


def test_notional_is_a_size() -> None:
    snapshot = Desk().read(make_account(*POSITIONS)).snapshot
    np.testing.assert_allclose(position_values(snapshot, Metric.POSITION_NOTIONAL), [800.0, 404.0])


@pytest.mark.parametrize(
    ("scope", "rows"),
    [
        (PORTFOLIO, [0, 1, 2]),
        (Scope(ScopeKind.EXCHANGE, "other"), [2]),
        (Scope(ScopeKind.SYMBOL, "BTCUSDT"), [0, 2]),
        (Scope(ScopeKind.STRATEGY, "manual"), [0, 1, 2]),
    ],
)
def test_a_scope_lists_its_positions(scope: Scope, rows: list[int]) -> None:
    accounts = (
        make_account(*POSITIONS, account="a"),
        make_account(POSITIONS[0], account="b", venue="other"),
    )
    layout = read_risk(Desk().memory, accounts, (), as_of=NOW, policy=PATIENT).layout
    assert list(scope_members(layout, scope)) == [(row, 1.0) for row in rows]
