"""The portfolio's figures at a glance."""

from dataclasses import dataclass
from math import inf, isnan

from app.presenters.breaker_rows import breaker_use, threshold_text
from app.presenters.cells import Cell, Tone, tone_of, unknown
from app.presenters.numbers import (
    distance,
    money,
    multiple,
    percent,
    plain,
    price,
    signed_money,
    signed_percent,
)
from app.presenters.steps import Instruments, tick_size
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot
from etrms_core.services.risk_state import BreakerView, RiskState

# From here on a margin ratio deserves a look: venues liquidate at 1.
HIGH_MARGIN_RATIO = 0.5


@dataclass(frozen=True, slots=True)
class CardLine:
    """A smaller figure below the main one."""

    label: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Card:
    """One figure with the lines that belong to it."""

    title: str
    value: Cell
    lines: tuple[CardLine, ...]
    help: str


def overview_cards(
    state: RiskState, instruments: Instruments, *, time_zone: str
) -> tuple[Card, ...]:
    """Show equity, drawdown, exposure, leverage, margin and the nearest liquidation.

    Parameters
    ----------
    time_zone : str
        Zone in which day, week and month begin.
    """
    snapshot = state.snapshot
    return (
        _equity(snapshot, time_zone),
        _drawdown(snapshot, nearest_drawdown_limit(state)),
        _exposure(snapshot),
        _leverage(snapshot),
        _margin(snapshot),
        _nearest_liquidation(snapshot, instruments),
    )


def _shown(snapshot: RiskSnapshot, text: str, value: float | None, tone: Tone = Tone.PLAIN) -> Cell:
    return unknown(snapshot.reasons.get(PORTFOLIO)) if value is None else Cell(text, tone=tone)


def _is_unknown(snapshot: RiskSnapshot) -> bool:
    return snapshot.qualities[0] is DataQuality.UNKNOWN


def _known(snapshot: RiskSnapshot, metric: Metric) -> float | None:
    # An account that was never read counts with nothing in the sums: they are no figures then.
    return None if _is_unknown(snapshot) else snapshot.value(metric)


def _equity(snapshot: RiskSnapshot, time_zone: str) -> Card:
    equity = _known(snapshot, Metric.EQUITY)
    results = snapshot.result()
    day, week, month = (
        (None, None, None)
        if equity is None or results is None
        else (results.day, results.week, results.month)
    )
    lines = (
        CardLine("Today", _result(snapshot, day, Metric.DAILY_LOSS)),
        CardLine("Week", _result(snapshot, week, Metric.WEEKLY_LOSS)),
        CardLine("Month", _result(snapshot, month, Metric.MONTHLY_LOSS)),
    )
    return Card(
        "Equity",
        _shown(snapshot, money(equity), equity),
        lines,
        "Wallet balance plus unrealised result of all accounts. Results leave deposits and "
        f"withdrawals out; the day begins at midnight in {time_zone}.",
    )


def _result(snapshot: RiskSnapshot, earned: float | None, loss_metric: Metric) -> Cell:
    loss = _known(snapshot, loss_metric)
    share = None if loss is None else -loss
    text = f"{signed_money(earned)} ({signed_percent(share)})"
    return _shown(snapshot, text, earned, tone_of(earned))


def nearest_drawdown_limit(state: RiskState) -> BreakerView | None:
    """Return the breaker on the portfolio's drawdown that is nearest to firing, if there is one."""
    views = [
        view
        for view in state.breakers
        if view.rule.enabled and view.rule.metric is Metric.DRAWDOWN and view.scope == PORTFOLIO
    ]
    return max(views, key=lambda view: breaker_use(view.rule, view.value), default=None)


def _drawdown(snapshot: RiskSnapshot, limit: BreakerView | None) -> Card:
    drawdown = _known(snapshot, Metric.DRAWDOWN)
    nav, equity = _known(snapshot, Metric.NAV), _known(snapshot, Metric.EQUITY)
    peak = None
    if drawdown is not None and equity is not None and drawdown < 1.0:
        peak = equity / (1.0 - drawdown)
    lines = (
        CardLine("Peak", _shown(snapshot, money(peak), peak)),
        CardLine("NAV", _shown(snapshot, plain(nav, 4), nav)),
        CardLine("Nearest limit", _limit(limit)),
    )
    return Card(
        "Drawdown",
        _shown(snapshot, percent(drawdown), drawdown),
        lines,
        "Loss of NAV from its all-time peak; the peak is shown in today's money. NAV is the value "
        "of one unit, 1 at the start, and does not move with deposits and withdrawals.",
    )


def _limit(limit: BreakerView | None) -> Cell:
    if limit is None:
        return Cell("none set", tone=Tone.WARNING)
    # Its own value: it may measure from another peak than the card does.
    return Cell(
        f"{percent(limit.value)} of {threshold_text(limit.rule)}",
        help=f"Circuit breaker {limit.rule.name}, from the peak that it measures from.",
    )


def _exposure(snapshot: RiskSnapshot) -> Card:
    gross, net = _known(snapshot, Metric.GROSS_EXPOSURE), _known(snapshot, Metric.NET_EXPOSURE)
    share = _known(snapshot, Metric.CONCENTRATION)
    side = "" if not net else " long" if net > 0.0 else " short"
    lines = (
        CardLine("Net", _shown(snapshot, f"{money(abs(net or 0.0))}{side}", net)),
        CardLine("Largest symbol", _shown(snapshot, percent(share, digits=0), share)),
    )
    return Card(
        "Gross exposure",
        _shown(snapshot, money(gross), gross),
        lines,
        "Notional of all positions at the mark price, long and short added; net is long less "
        "short.",
    )


def _leverage(snapshot: RiskSnapshot) -> Card:
    leverage = _known(snapshot, Metric.GROSS_LEVERAGE)
    unguarded = _known(snapshot, Metric.UNGUARDED_NOTIONAL)
    count = None if _is_unknown(snapshot) else len(snapshot.table.rows)
    lines = (
        CardLine("Positions", _shown(snapshot, str(count), count)),
        CardLine("Without a stop", _shown(snapshot, money(unguarded), unguarded)),
    )
    return Card(
        "Leverage",
        _shown(snapshot, multiple(leverage), leverage),
        lines,
        "Gross exposure over equity. Without a stop: notional that no reduce-only stop order at "
        "the venue protects.",
    )


def _margin(snapshot: RiskSnapshot) -> Card:
    ratio = _known(snapshot, Metric.MARGIN_RATIO)
    utilization = _known(snapshot, Metric.MARGIN_UTILIZATION)
    is_high = ratio is not None and ratio >= HIGH_MARGIN_RATIO
    value = _shown(snapshot, percent(ratio), ratio, Tone.WARNING if is_high else Tone.PLAIN)
    lines = (
        CardLine("Liquidation at", Cell("100%")),
        CardLine("Utilisation", _shown(snapshot, percent(utilization), utilization)),
    )
    return Card(
        "Margin ratio",
        value,
        lines,
        "Maintenance margin over the money that backs it, of the account or isolated position "
        "that is worst off. Utilisation is initial margin in use over equity.",
    )


def _nearest_liquidation(snapshot: RiskSnapshot, instruments: Instruments) -> Card:
    worst = _known(snapshot, Metric.LIQUIDATION_DISTANCE)
    value = _shown(snapshot, distance(worst), worst)
    return Card(
        "Nearest liquidation",
        value,
        _nearest_lines(snapshot, instruments, worst),
        "How far the mark price of the nearest position may move before the venue liquidates it; "
        '"none" when no price does.',
    )


def _nearest_lines(
    snapshot: RiskSnapshot, instruments: Instruments, worst: float | None
) -> tuple[CardLine, ...]:
    if worst is None:
        return ()
    if not snapshot.table.rows:
        return (CardLine("Position", Cell("no open position", tone=Tone.MUTED)),)
    if worst == inf:
        return ()
    distances = [
        inf if isnan(each) else float(each) for each in snapshot.positions.liquidation_distance
    ]
    row = distances.index(min(distances))
    key, quantity = snapshot.table.keys[row], snapshot.table.rows[row].quantity
    side = "long" if quantity > 0.0 else "short"
    level = float(snapshot.positions.liquidation_price[row])
    text = price(level, tick_size=tick_size(instruments, key.account, key.symbol))
    return (
        CardLine("Position", Cell(f"{key.symbol} {side}")),
        CardLine("At", Cell(text) if not isnan(level) else Cell("now")),
    )
