"""The catalogue of figures that a limit or a breaker can watch."""

from dataclasses import dataclass
from enum import StrEnum

from etrms_core.domain.identifiers import ScopeKind


class Metric(StrEnum):
    """Names of the public interface."""

    EQUITY = "equity"
    NAV = "nav"
    DRAWDOWN = "drawdown"
    DAILY_LOSS = "daily_loss"
    WEEKLY_LOSS = "weekly_loss"
    MONTHLY_LOSS = "monthly_loss"
    GROSS_EXPOSURE = "gross_exposure"
    NET_EXPOSURE = "net_exposure"
    GROSS_LEVERAGE = "gross_leverage"
    MARGIN_RATIO = "margin_ratio"
    MARGIN_UTILIZATION = "margin_utilization"
    CONCENTRATION = "concentration"
    POSITION_NOTIONAL = "position_notional"
    POSITION_LOSS = "position_loss"
    LIQUIDATION_DISTANCE = "liquidation_distance"
    CONSECUTIVE_LOSSES = "consecutive_losses"
    TRADES_PER_DAY = "trades_per_day"
    TIME_IN_POSITION_SECONDS = "time_in_position_seconds"
    FUNDING_RATE = "funding_rate"
    STABLECOIN_DEVIATION = "stablecoin_deviation"
    DATA_AGE_SECONDS = "data_age_seconds"
    UNGUARDED_NOTIONAL = "unguarded_notional"


class Unit(StrEnum):
    """How a value is to be read."""

    MONEY = "money"
    FRACTION = "fraction"
    MULTIPLE = "multiple"
    COUNT = "count"
    SECONDS = "seconds"


# Metrics of the interface that wait for a model that is not built yet.
NEEDS_MODEL = {
    "potential_drawdown": "the stress engine",
    "value_at_risk": "the value-at-risk engine",
    "expected_shortfall": "the value-at-risk engine",
    "volatility": "the market watch",
    "volatility_ratio": "the market watch",
    "price_move": "the market watch",
    "spread_bps": "the market watch",
    "depth_notional": "the market watch",
    "average_correlation": "the market watch",
}

ALL_SCOPES = frozenset(ScopeKind)
WITH_EQUITY = frozenset({ScopeKind.PORTFOLIO, ScopeKind.EXCHANGE})


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """What a metric means.

    Attributes
    ----------
    per_position : bool
        In a wider scope the value is that of the worst position.
    largest : float
        Values above this cannot occur; a threshold beyond it could never fire.
    """

    unit: Unit
    meaning: str
    scopes: frozenset[ScopeKind] = ALL_SCOPES
    per_position: bool = False
    largest: float = float("inf")


CATALOGUE: dict[Metric, MetricInfo] = {
    Metric.EQUITY: MetricInfo(
        Unit.MONEY, "wallet balance plus unrealised result", scopes=WITH_EQUITY
    ),
    Metric.NAV: MetricInfo(Unit.MULTIPLE, "value of one unit, 1 at the start, free of flows"),
    Metric.DRAWDOWN: MetricInfo(Unit.FRACTION, "loss of NAV from its peak", largest=1.0),
    Metric.DAILY_LOSS: MetricInfo(Unit.FRACTION, "loss of NAV since local midnight", largest=1.0),
    Metric.WEEKLY_LOSS: MetricInfo(Unit.FRACTION, "loss of NAV since Monday", largest=1.0),
    Metric.MONTHLY_LOSS: MetricInfo(Unit.FRACTION, "loss of NAV since the 1st", largest=1.0),
    Metric.GROSS_EXPOSURE: MetricInfo(Unit.MONEY, "notional of all positions, hedge legs added"),
    Metric.NET_EXPOSURE: MetricInfo(Unit.MONEY, "long less short notional"),
    Metric.GROSS_LEVERAGE: MetricInfo(Unit.MULTIPLE, "gross exposure over equity"),
    Metric.MARGIN_RATIO: MetricInfo(
        Unit.FRACTION, "maintenance margin over what backs it, 1 is liquidation"
    ),
    Metric.MARGIN_UTILIZATION: MetricInfo(Unit.FRACTION, "initial margin in use over equity"),
    Metric.CONCENTRATION: MetricInfo(
        Unit.FRACTION, "largest symbol's share of gross exposure", largest=1.0
    ),
    Metric.POSITION_NOTIONAL: MetricInfo(Unit.MONEY, "size at the mark price", per_position=True),
    Metric.POSITION_LOSS: MetricInfo(
        Unit.FRACTION, "unrealised loss over entry notional", per_position=True
    ),
    Metric.LIQUIDATION_DISTANCE: MetricInfo(
        Unit.FRACTION, "way from the mark to the liquidation price", per_position=True
    ),
    Metric.CONSECUTIVE_LOSSES: MetricInfo(Unit.COUNT, "closed trades lost in a row"),
    Metric.TRADES_PER_DAY: MetricInfo(Unit.COUNT, "trades opened since local midnight"),
    Metric.TIME_IN_POSITION_SECONDS: MetricInfo(
        Unit.SECONDS, "time since the position was flat", per_position=True
    ),
    Metric.FUNDING_RATE: MetricInfo(
        Unit.FRACTION, "rate that the position pays at the next settlement", per_position=True
    ),
    Metric.STABLECOIN_DEVIATION: MetricInfo(
        Unit.FRACTION, "largest distance of a held stablecoin from 1 USD", scopes=WITH_EQUITY
    ),
    Metric.DATA_AGE_SECONDS: MetricInfo(Unit.SECONDS, "age of the oldest reading in the scope"),
    Metric.UNGUARDED_NOTIONAL: MetricInfo(
        Unit.MONEY, "notional without a reduce-only stop at the venue"
    ),
}
METRICS = tuple(Metric)
COLUMN = {metric: index for index, metric in enumerate(METRICS)}
