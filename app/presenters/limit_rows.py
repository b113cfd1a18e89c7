"""Every limit of the gate: its value now, the limit, what is left, and who set it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isinf, isnan

from app.presenters.breaker_rows import NEAR_THE_LIMIT
from app.presenters.cells import Cell, Tone, unknown
from app.presenters.limit_fields import FIELDS, LimitField, limit_text
from app.presenters.numbers import known, money, multiple, percent, plain
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.engine.limits_document import limits_mapping
from etrms_core.risk.metrics import Metric
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot
from etrms_core.services.risk_state import RiskState
from etrms_core.settings import FILE_NAME

Write = Callable[[float], str]
PER_ORDER = Cell("checked at each order", tone=Tone.MUTED)
BY_ITSELF = unknown("each order is measured by itself, so nothing of it is used up")
NOT_BOUNDED = Cell("not bounded", tone=Tone.MUTED)
NO_CYCLE = "the monitor has not finished its first cycle"


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit and how much of it is used up."""

    name: Cell
    value: Cell
    limit: Cell
    left: Cell
    source: Cell


@dataclass(frozen=True, slots=True)
class AccountUse:
    """One account in money: what it holds, and what the limits leave."""

    account: Cell
    equity: Cell
    exposure: Cell
    share: Cell
    largest: Cell
    position_left: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsInForce:
    """The limits that hold, those that the trader set, and which of them the file tightens."""

    effective: Limits
    stored: Limits
    bounded: tuple[str, ...]


def limit_uses(
    state: RiskState | None, limits: LimitsInForce, *, orders_sent: int
) -> tuple[LimitUse, ...]:
    """Show every limit; `orders_sent` added risk and left the desk within the last minute."""
    return tuple(_use(field, state, limits, orders_sent) for field in FIELDS)


def account_uses(state: RiskState, limits: Limits) -> tuple[AccountUse, ...]:
    """Show every account; what its reading does not tell is a dash."""
    return tuple(_account_use(state, limits, row) for row in range(len(state.snapshot.sources)))


def _use(
    field: LimitField, state: RiskState | None, limits: LimitsInForce, orders_sent: int
) -> LimitUse:
    value, left = _value_and_left(field.name, state, limits.effective, orders_sent)
    return LimitUse(
        name=Cell(field.label, field.meaning),
        value=value,
        limit=Cell(limit_text(field.name, limits.effective)),
        left=left,
        source=_source(field.name, limits),
    )


def _source(name: str, limits: LimitsInForce) -> Cell:
    if name not in limits.bounded:
        stored, default = limits_mapping(limits.stored), limits_mapping(DEFAULT_LIMITS)
        return Cell("Default" if stored[name] == default[name] else "You")
    why = (
        f"You set {limit_text(name, limits.stored)}; [limits] in {FILE_NAME} is tighter, and the "
        "tighter of both holds. Only the file can loosen it."
    )
    return Cell(FILE_NAME, f"yours: {limit_text(name, limits.stored)}", Tone.WARNING, help=why)


def _value_and_left(
    name: str, state: RiskState | None, limits: Limits, orders_sent: int
) -> tuple[Cell, Cell]:
    match name:
        case "maximum_leverage" | "maximum_position_notional":
            return (
                (unknown(NO_CYCLE), unknown(NO_CYCLE))
                if state is None
                else _of_book(name, state.snapshot, limits)
            )
        case "maximum_orders_per_minute":
            value, left = _measured(float(orders_sent), limits.maximum_orders_per_minute, _count)
            return replace(value, note="in the last minute, without reductions"), left
        case "symbols":
            return _symbols(state, limits), NOT_BOUNDED if limits.symbols is None else BY_ITSELF
        case "maximum_order_notional" if limits.maximum_order_notional is None:
            return PER_ORDER, NOT_BOUNDED
        case _:
            return PER_ORDER, BY_ITSELF


def _of_book(name: str, snapshot: RiskSnapshot, limits: Limits) -> tuple[Cell, Cell]:
    reason = _reason(snapshot)
    if name == "maximum_position_notional":
        bound = limits.maximum_position_notional
        return _measured(largest_position(snapshot), bound, money, reason)
    leverage = snapshot.value(Metric.GROSS_LEVERAGE)
    value, left = _measured(leverage, limits.maximum_leverage, multiple, reason)
    return value, _with_money(left, snapshot, limits)


def largest_position(snapshot: RiskSnapshot, account: int | None = None) -> float | None:
    """USD of the largest position, of the desk or of one account; None when one is unknown."""
    if account is None and any(each.quality is DataQuality.UNKNOWN for each in snapshot.sources):
        return None
    owners = snapshot.table.arrays.account
    sizes = [
        abs(float(size))
        for size, owner in zip(snapshot.positions.notional, owners, strict=True)
        if account is None or int(owner) == account
    ]
    return None if any(map(isnan, sizes)) else max(sizes, default=0.0)


def _measured(
    value: float | None, bound: float | None, write: Write, reason: str | None = None
) -> tuple[Cell, Cell]:
    if value is None:
        return unknown(reason), unknown(reason)
    if bound is None:
        return Cell(write(value)), NOT_BOUNDED
    return Cell(write(value)), _left(value, bound, write)


def _left(value: float, bound: float, write: Write) -> Cell:
    used = value / bound if bound > 0.0 else 1.0
    tone = Tone.BAD if used >= 1.0 else Tone.WARNING if used >= NEAR_THE_LIMIT else Tone.PLAIN
    if used >= 1.0:
        beyond = "" if isinf(value) else f"{percent(used, digits=0)} used"
        return Cell("limit reached", beyond, tone, share=0.0)
    left = 1.0 - max(0.0, used)
    return Cell(
        f"{write(bound - value)} left", f"{percent(left, digits=0)} of it", tone, share=left
    )


def _with_money(left: Cell, snapshot: RiskSnapshot, limits: Limits) -> Cell:
    equity, gross = snapshot.value(Metric.EQUITY), snapshot.value(Metric.GROSS_EXPOSURE)
    if limits.maximum_leverage is None or equity is None or gross is None:
        return left
    room = limits.maximum_leverage * equity - gross
    return replace(left, note=f"{left.note}, {money(room)} more") if room > 0.0 else left


def _symbols(state: RiskState | None, limits: Limits) -> Cell:
    held = set() if state is None else set(state.snapshot.table.symbols)
    text = f"{len(held)} held"
    if limits.symbols is None:
        return Cell(text)
    others = sorted(held - set(limits.symbols))
    if not others:
        return Cell(text, "all of them allowed" if held else "")
    return Cell(text, f"not allowed to grow: {', '.join(others)}", Tone.WARNING)


def _account_use(state: RiskState, limits: Limits, row: int) -> AccountUse:
    snapshot = state.snapshot
    source = snapshot.sources[row]
    reason = state.source_errors.get(source.account) or f"{source.account} was never read"
    is_known = source.quality is not DataQuality.UNKNOWN
    equity = known(float(snapshot.accounts.equity[row])) if is_known else None
    largest = largest_position(snapshot, row) if is_known else None
    exposure = _exposure(snapshot, row) if is_known else None
    bound = limits.maximum_position_notional
    return AccountUse(
        account=Cell(source.account, source.venue),
        equity=unknown(reason) if equity is None else Cell(money(equity)),
        exposure=unknown(reason) if exposure is None else Cell(money(exposure)),
        share=_share(exposure, limits, snapshot),
        largest=unknown(reason) if largest is None else Cell(money(largest)),
        position_left=_measured(largest, bound, money, reason)[1],
    )


def _exposure(snapshot: RiskSnapshot, account: int) -> float | None:
    owners = snapshot.table.arrays.account
    sizes = (
        abs(float(size))
        for size, owner in zip(snapshot.positions.notional, owners, strict=True)
        if int(owner) == account
    )
    return known(sum(sizes))


def _share(exposure: float | None, limits: Limits, snapshot: RiskSnapshot) -> Cell:
    equity = snapshot.value(Metric.EQUITY)
    if limits.maximum_leverage is None:
        return NOT_BOUNDED
    if exposure is None or equity is None:
        return unknown(_reason(snapshot))
    allowed = limits.maximum_leverage * equity
    if allowed <= 0.0:
        return Cell("no equity", tone=Tone.BAD, share=1.0)
    used = exposure / allowed
    tone = Tone.BAD if used >= 1.0 else Tone.WARNING if used >= NEAR_THE_LIMIT else Tone.PLAIN
    note = f"of {money(allowed)}"
    return Cell(percent(used, digits=1), note, tone, share=min(1.0, max(0.0, used)))


def _reason(snapshot: RiskSnapshot) -> str | None:
    return snapshot.reasons.get(PORTFOLIO)


def _count(value: float) -> str:
    return plain(value, 0)
