"""The catalogue of metrics."""

import pytest

from etrms_core.domain.identifiers import ScopeKind
from etrms_core.risk.metrics import CATALOGUE, COLUMN, METRICS, NEEDS_MODEL, Metric

# The names of PUBLIC_INTERFACE, in its words.
INTERFACE = [
    "equity",
    "nav",
    "drawdown",
    "daily_loss",
    "weekly_loss",
    "monthly_loss",
    "gross_exposure",
    "net_exposure",
    "gross_leverage",
    "margin_ratio",
    "margin_utilization",
    "concentration",
    "position_notional",
    "position_loss",
    "liquidation_distance",
    "potential_drawdown",
    "value_at_risk",
    "expected_shortfall",
    "consecutive_losses",
    "trades_per_day",
    "time_in_position_seconds",
    "volatility",
    "volatility_ratio",
    "price_move",
    "spread_bps",
    "depth_notional",
    "funding_rate",
    "average_correlation",
    "stablecoin_deviation",
    "data_age_seconds",
    "unguarded_notional",
]


def test_every_metric_of_the_interface_is_measured_or_waits_for_its_model() -> None:
    measured = {metric.value for metric in Metric}
    assert measured | NEEDS_MODEL.keys() == set(INTERFACE)
    assert measured & NEEDS_MODEL.keys() == set()


def test_every_metric_is_explained_and_has_a_column() -> None:
    assert CATALOGUE.keys() == set(Metric)
    assert [COLUMN[metric] for metric in METRICS] == list(range(len(METRICS)))


@pytest.mark.parametrize("metric", [Metric.EQUITY, Metric.STABLECOIN_DEVIATION])
def test_a_symbol_has_no_wallet(metric: Metric) -> None:
    assert CATALOGUE[metric].scopes == {ScopeKind.PORTFOLIO, ScopeKind.EXCHANGE}
