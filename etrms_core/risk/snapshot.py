"""One consistent reading of risk: every metric of every scope at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import isnan

from etrms_core.domain.identifiers import PORTFOLIO, Scope
from etrms_core.kernels.arrays import FloatArray
from etrms_core.kernels.portfolio import AccountReadings, PositionReadings
from etrms_core.risk.metrics import COLUMN, Metric
from etrms_core.risk.position_table import PositionTable


class DataQuality(StrEnum):
    """How far a reading can be trusted."""

    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SourceReading:
    """Age of one account's data; infinite when it was never read."""

    account: str
    venue: str
    age_seconds: float
    quality: DataQuality


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """Money earned in a scope since the desk watches it, reporting currency, flows left out."""

    total: float
    day: float
    week: float
    month: float


@dataclass(frozen=True, slots=True, eq=False)
class RiskSnapshot:
    """Readings of all scopes at `as_of`.

    Attributes
    ----------
    values : ndarray of shape (n_scopes, n_metrics)
        Columns in the order of `risk.metrics.METRICS`; NaN is unknown, infinite means "none"
        (a distance) or "more than can be backed" (a ratio).
    results : ndarray of shape (n_scopes, 4)
        Money earned: in all, today, this week, this month.
    reasons : mapping
        Why values of a scope are unknown or stale, one sentence by scope.
    in_transit : float
        Money between accounts, reporting currency, part of the portfolio's equity.
    """

    as_of: datetime
    scopes: tuple[Scope, ...]
    values: FloatArray
    results: FloatArray
    qualities: tuple[DataQuality, ...]
    sources: tuple[SourceReading, ...]
    table: PositionTable
    positions: PositionReadings
    accounts: AccountReadings
    strategies: Mapping[tuple[str, str], tuple[tuple[str, float], ...]]
    reasons: Mapping[Scope, str] = field(default_factory=dict)
    in_transit: float = 0.0
    index: Mapping[Scope, int] = field(default_factory=dict)

    def value(self, metric: Metric, scope: Scope = PORTFOLIO) -> float | None:
        """Read one figure; None when it is unknown or the scope does not exist."""
        row = self.index.get(scope)
        if row is None:
            return None
        value = float(self.values[row, COLUMN[metric]])
        return None if isnan(value) else value

    def result(self, scope: Scope = PORTFOLIO) -> PeriodResult | None:
        """Money earned in a scope; None when the scope does not exist."""
        row = self.index.get(scope)
        return None if row is None else PeriodResult(*(float(x) for x in self.results[row]))
