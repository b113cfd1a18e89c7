"""What may not be traded now, where, why and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.kernels.trading_state import ACTIVE, HALTED, REDUCING, may_trade, strictest


class TradingState(IntEnum):
    """How much may be traded, the strictest last."""

    ACTIVE = ACTIVE
    REDUCING = REDUCING
    HALTED = HALTED


@dataclass(frozen=True, slots=True)
class Restriction:
    """A trading state put on a scope.

    Attributes
    ----------
    until : datetime or None
        When it ends by itself; None lasts until a person resets its source.
    source : str
        Rule id or the person's command that set it.
    """

    scope: Scope
    state: TradingState
    since: datetime
    until: datetime | None
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class OrderScope:
    """Where an order would count."""

    venue: str
    symbol: str
    strategy: str


def covers(scope: Scope, order: OrderScope) -> bool:
    """Whether an order falls into a scope."""
    names = {
        ScopeKind.PORTFOLIO: scope.name,
        ScopeKind.EXCHANGE: order.venue,
        ScopeKind.SYMBOL: order.symbol,
        ScopeKind.STRATEGY: order.strategy,
    }
    return scope.name in ("", names[scope.kind])


def trading_state(
    restrictions: Iterable[Restriction], order: OrderScope
) -> tuple[TradingState, Restriction | None]:
    """Strictest state for an order, with the restriction that sets it."""
    state, source = TradingState.ACTIVE, None
    for restriction in restrictions:
        if covers(restriction.scope, order):
            stricter = TradingState(strictest(int(state), int(restriction.state)))
            if stricter is not state:
                state, source = stricter, restriction
    return state, source


def refusal(
    restrictions: Iterable[Restriction], order: OrderScope, *, adds_risk: bool
) -> str | None:
    """Say why an order may not go out; None when it may."""
    state, source = trading_state(restrictions, order)
    if source is None or may_trade(int(state), adds_risk):
        return None
    until = (
        "until it is reset"
        if source.until is None
        else f"until {source.until.isoformat(timespec='seconds')}"
    )
    return f"{source.scope} is {state.name} {until}: {source.reason}"


def still_active(restrictions: Iterable[Restriction], *, now: datetime) -> tuple[Restriction, ...]:
    """Drop the restrictions that are over: one until T is over at T."""
    return tuple(r for r in restrictions if r.until is None or now < r.until)
