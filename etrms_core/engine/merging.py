"""What the triggers of one cycle want together: each order once, the strictest wins."""

from dataclasses import dataclass, field, replace

from etrms_core.breakers.breaker_book import InstanceKey
from etrms_core.domain.commands import (
    CancelOrders,
    ClosePosition,
    Command,
    PlaceGuardStop,
    ReducePosition,
    SetLeverage,
)
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.identifiers import PositionKey
from etrms_core.engine.restrictions import Restriction


@dataclass(slots=True)
class Plan:
    """Commands of one cycle by what they act on, with restrictions and events.

    Attributes
    ----------
    owed : dict
        By (rule, scope) that fired now: the positions it may not reduce on this reading.
    """

    reductions: dict[PositionKey, ReducePosition | ClosePosition] = field(default_factory=dict)
    cancellations: dict[tuple[str, str | None], CancelOrders] = field(default_factory=dict)
    leverages: dict[tuple[str, str], SetLeverage] = field(default_factory=dict)
    guards: dict[PositionKey, PlaceGuardStop] = field(default_factory=dict)
    restrictions: list[Restriction] = field(default_factory=list)
    events: list[BreakerEvent] = field(default_factory=list)
    owed: dict[InstanceKey, tuple[PositionKey, ...]] = field(default_factory=dict)

    @property
    def commands(self) -> tuple[Command, ...]:
        """Cancellations first, so that nothing re-enters; no guard over what is closed."""
        guards = [
            guard
            for key, guard in self.guards.items()
            if not isinstance(self.reductions.get(key), ClosePosition)
        ]
        return (
            *self.cancellations.values(),
            *self.reductions.values(),
            *self.leverages.values(),
            *guards,
        )


def add_reduction(plan: Plan, command: ReducePosition | ClosePosition) -> None:
    """Keep one reduction per position: close beats reduce, the largest quantity wins."""
    planned = plan.reductions.get(command.key)
    if planned is None:
        plan.reductions[command.key] = command
        return
    causes = (*planned.causes, *command.causes)
    if isinstance(planned, ClosePosition) or planned.quantity >= command.quantity:
        plan.reductions[command.key] = replace(planned, causes=causes)
    else:
        plan.reductions[command.key] = replace(command, causes=causes)


def add_cancellation(plan: Plan, command: CancelOrders) -> None:
    """Cancel the orders of an account and symbol once."""
    key = (command.account, command.symbol)
    planned = plan.cancellations.get(key)
    causes = () if planned is None else planned.causes
    plan.cancellations[key] = replace(command, causes=(*causes, *command.causes))


def add_leverage(plan: Plan, command: SetLeverage) -> None:
    """Keep one leverage per account and symbol: the lowest wins."""
    key = (command.account, command.symbol)
    planned = plan.leverages.get(key)
    if planned is None:
        plan.leverages[key] = command
        return
    lowest = min(planned.leverage, command.leverage)
    causes = (*planned.causes, *command.causes)
    plan.leverages[key] = replace(command, leverage=lowest, causes=causes)


def add_guard(plan: Plan, command: PlaceGuardStop, *, side: float) -> None:
    """Keep one guard stop per position: the one nearest to the mark wins.

    Parameters
    ----------
    side : float
        Plus one over a long position, minus one over a short one.
    """
    planned = plan.guards.get(command.key)
    if planned is None:
        plan.guards[command.key] = command
        return
    kept = planned if side * (planned.trigger_price - command.trigger_price) >= 0.0 else command
    plan.guards[command.key] = replace(kept, causes=(*planned.causes, *command.causes))
