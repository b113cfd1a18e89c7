"""What the engine wants done at a venue. Quantities are absolute, decided once."""

from dataclasses import dataclass
from datetime import datetime

from etrms_core.domain.identifiers import PositionKey, Scope


@dataclass(frozen=True, slots=True)
class Cause:
    """The trigger behind a command: which rule, where, when, and the sentence that says why."""

    rule_id: str
    rule_name: str
    scope: Scope
    triggered_at: datetime
    threshold: float
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReducePosition:
    """Shrink a position by `quantity` base units with a reduce-only market order."""

    key: PositionKey
    quantity: float
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class ClosePosition:
    """Close a whole position, `quantity` base units when it was decided, reduce-only."""

    key: PositionKey
    quantity: float
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class CancelOrders:
    """Cancel the open entry orders of an account, in one symbol or in all."""

    account: str
    symbol: str | None
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class SetLeverage:
    """Lower the leverage of a symbol to `leverage`."""

    account: str
    symbol: str
    leverage: float
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class PlaceGuardStop:
    """Rest a reduce-only stop-market order over what no stop covers yet."""

    key: PositionKey
    quantity: float
    trigger_price: float
    causes: tuple[Cause, ...]


Command = ReducePosition | ClosePosition | CancelOrders | SetLeverage | PlaceGuardStop
