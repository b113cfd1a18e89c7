"""Every limit by how much of it is used up: breakers, and the gate's own limits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf

from app.presenters.breaker_rows import (
    NEAR_THE_LIMIT,
    breaker_use,
    headroom,
    scope_in_words,
    threshold_text,
    why_unknown,
)
from app.presenters.cells import Cell, Tone, unknown
from app.presenters.limit_fields import BY_NAME
from app.presenters.limit_rows import largest_position
from app.presenters.numbers import metric_name, metric_value, money, multiple, plain
from etrms_core.domain.identifiers import PORTFOLIO, ScopeKind
from etrms_core.domain.limits import Limits
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import RiskSnapshot
from etrms_core.services.risk_state import BreakerView, RiskState

MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit, its value now and what is left; `used` orders rows, unknown first."""

    name: Cell
    scope: Cell
    value: Cell
    limit: Cell
    headroom: Cell
    used: float


def nearest_limits(
    state: RiskState, limits: Limits, *, entries_sent: int | None = None
) -> tuple[LimitRow, ...]:
    """Show the limits that are nearest to being reached, of each rule its worst instance.

    Parameters
    ----------
    entries_sent : int or None
        Orders of the last minute that add risk; None leaves the limit of their number out.
    """
    worst: dict[str, LimitRow] = {}
    for view in state.breakers:
        if view.rule.enabled:
            row = _breaker_row(view, state.snapshot)
            known = worst.get(view.rule.rule_id)
            if known is None or row.used > known.used:
                worst[view.rule.rule_id] = row
    rows = [*worst.values(), *gate_rows(state.snapshot, limits)]
    if entries_sent is not None and limits.maximum_orders_per_minute is not None:
        rows.append(_pace_row(entries_sent, limits.maximum_orders_per_minute, state.snapshot))
    return tuple(sorted(rows, key=lambda row: -row.used)[:MOST_ROWS])


def gate_rows(snapshot: RiskSnapshot, limits: Limits) -> Iterator[LimitRow]:
    """Show the limits of the gate that a book can come near to."""
    leverage = snapshot.value(Metric.GROSS_LEVERAGE)
    if limits.maximum_leverage is not None:
        yield _gate_row("Leverage", leverage, limits.maximum_leverage, multiple, snapshot)
    if limits.maximum_position_notional is not None:
        largest = largest_position(snapshot)
        maximum = limits.maximum_position_notional
        yield _gate_row("Largest position", largest, maximum, money, snapshot)


def _pace_row(sent: int, maximum: int, snapshot: RiskSnapshot) -> LimitRow:
    row = _gate_row(
        BY_NAME["maximum_orders_per_minute"].label,
        float(sent),
        float(maximum),
        lambda count: plain(count, 0),
        snapshot,
    )
    return replace(row, name=replace(row.name, note="reductions and stops are never counted"))


def _breaker_row(view: BreakerView, snapshot: RiskSnapshot) -> LimitRow:
    rule, reason = view.rule, why_unknown(snapshot, view.scope)
    kind = "" if view.scope.kind is ScopeKind.PORTFOLIO else view.scope.kind.value
    value = view.value
    return LimitRow(
        name=Cell(rule.name, metric_name(rule.metric)),
        scope=Cell(scope_in_words(view.scope), kind),
        value=unknown(reason) if value is None else Cell(metric_value(rule.metric, value)),
        limit=Cell(threshold_text(rule)),
        headroom=headroom(rule, value, reason=reason),
        used=inf if value is None else breaker_use(rule, value),
    )


def _gate_row(
    name: str,
    value: float | None,
    maximum: float,
    write: Callable[[float], str],
    snapshot: RiskSnapshot,
) -> LimitRow:
    used = inf if value is None else value / maximum if maximum > 0.0 else inf
    reason = snapshot.reasons.get(PORTFOLIO)
    tone = Tone.BAD if used >= 1.0 else Tone.WARNING if used >= NEAR_THE_LIMIT else Tone.PLAIN
    left = (
        "limit reached" if value is None or value >= maximum else f"{write(maximum - value)} left"
    )
    return LimitRow(
        name=Cell(name, "orders beyond it are refused"),
        scope=Cell("Portfolio"),
        value=unknown(reason) if value is None else Cell(write(value)),
        limit=Cell(write(maximum)),
        headroom=unknown(reason)
        if value is None
        else Cell(left, tone=tone, share=1.0 - min(1.0, max(0.0, used))),
        used=used,
    )
