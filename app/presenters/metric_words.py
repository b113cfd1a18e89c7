"""Metrics and scopes in the words of a form: grouped, with unit and meaning."""

from collections.abc import Mapping
from types import MappingProxyType

from app.presenters.numbers import metric_name
from app.presenters.typed_amounts import UNIT_NAMES
from etrms_core.breakers.rules import Comparison
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.risk.metrics import CATALOGUE, Metric

GROUPS: Mapping[str, tuple[Metric, ...]] = MappingProxyType(
    {
        "Losses": (
            Metric.DRAWDOWN,
            Metric.DAILY_LOSS,
            Metric.WEEKLY_LOSS,
            Metric.MONTHLY_LOSS,
            Metric.POSITION_LOSS,
            Metric.CONSECUTIVE_LOSSES,
        ),
        "Size and leverage": (
            Metric.GROSS_LEVERAGE,
            Metric.GROSS_EXPOSURE,
            Metric.NET_EXPOSURE,
            Metric.CONCENTRATION,
            Metric.POSITION_NOTIONAL,
            Metric.UNGUARDED_NOTIONAL,
        ),
        "Margin and liquidation": (
            Metric.MARGIN_RATIO,
            Metric.MARGIN_UTILIZATION,
            Metric.LIQUIDATION_DISTANCE,
        ),
        "Account value": (Metric.EQUITY, Metric.NAV),
        "Activity": (Metric.TRADES_PER_DAY, Metric.TIME_IN_POSITION_SECONDS),
        "Costs and assets": (Metric.FUNDING_RATE, Metric.STABLECOIN_DEVIATION),
        "Data": (Metric.DATA_AGE_SECONDS,),
    }
)
REST = "Other"
# Dangerous when they are small.
FALLING = frozenset({Metric.LIQUIDATION_DISTANCE, Metric.EQUITY, Metric.NAV})
COMPARISONS: Mapping[Comparison, str] = MappingProxyType(
    {
        Comparison.AT_LEAST: "is at least",
        Comparison.ABOVE: "is above",
        Comparison.AT_MOST: "is at most",
        Comparison.BELOW: "is below",
    }
)
SCOPE_KINDS: Mapping[ScopeKind, str] = MappingProxyType(
    {
        ScopeKind.PORTFOLIO: "Whole portfolio",
        ScopeKind.EXCHANGE: "Exchange",
        ScopeKind.SYMBOL: "Symbol",
        ScopeKind.STRATEGY: "Strategy",
    }
)


def grouped_metrics() -> tuple[Metric, ...]:
    """Return every metric that can be measured, group by group."""
    known = tuple(metric for metrics in GROUPS.values() for metric in metrics)
    return (*known, *(metric for metric in Metric if metric not in known))


def metric_label(metric: Metric) -> str:
    """Name a metric with its group and its unit: "Losses: Drawdown (%)"."""
    group = next((name for name, metrics in GROUPS.items() if metric in metrics), REST)
    return f"{group}: {metric_name(metric)} ({UNIT_NAMES[CATALOGUE[metric].unit]})"


def metric_meaning(metric: Metric) -> str:
    """Explain a metric in one sentence."""
    info = CATALOGUE[metric]
    worst = " In a wider scope the worst position counts." if info.per_position else ""
    return f"{info.meaning[0].upper()}{info.meaning[1:]}.{worst}"


def usual_comparison(metric: Metric) -> Comparison:
    """Return the side on which a metric is dangerous."""
    return Comparison.AT_MOST if metric in FALLING else Comparison.AT_LEAST


def scope_kinds(metric: Metric) -> tuple[ScopeKind, ...]:
    """Return the kinds of scope in which a metric exists, the widest first."""
    return tuple(kind for kind in ScopeKind if kind in CATALOGUE[metric].scopes)


def scope_phrase(scope: Scope) -> str:
    """Name a scope within a sentence."""
    if scope.kind is ScopeKind.PORTFOLIO:
        return "the whole portfolio"
    if not scope.name:
        return f"any one {scope.kind.value}, each on its own"
    return f"{scope.kind.value} {scope.name}"
