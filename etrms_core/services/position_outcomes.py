"""What a person's action on a position would do, and what became of it."""

from dataclasses import dataclass
from datetime import datetime

from etrms_core.domain.account import Position
from etrms_core.domain.identifiers import PositionKey
from etrms_core.domain.intents import Intent, IntentState
from etrms_core.domain.order import Order, OrderRequest
from etrms_core.engine.gate_context import RefusedOrder
from etrms_core.engine.position_wishes import PositionPlan, Wish


@dataclass(frozen=True, slots=True)
class Sent:
    """The venue carried it out.

    Attributes
    ----------
    order : Order or None
        As the venue answered; None when an earlier click had sent it.
    """

    detail: str
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The desk itself did not let it out; nothing was sent. `code` is empty when it is not kept."""

    detail: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The venue said no. `code` is empty when it is not kept."""

    detail: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows what became of it yet; the desk goes on looking."""

    detail: str


@dataclass(frozen=True, slots=True)
class NotActing:
    """Another process acts for the desk; nothing was sent."""

    detail: str


Outcome = Sent | Refused | Rejected | Unknown | NotActing


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """One order of an action as it was to go out, and what became of it."""

    request: OrderRequest
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionPreview:
    """What an action would send, measured at one moment; nothing was sent.

    Attributes
    ----------
    nonce : str
        Makes the order ids, so that carrying it out again is no second order.
    position : Position
        As it was then.
    verdicts : tuple of RefusedOrder or None
        What the gate says to each order of the plan, None where it lets it pass.
    """

    nonce: str
    key: PositionKey
    wish: Wish
    position: Position
    plan: PositionPlan
    verdicts: tuple[RefusedOrder | None, ...]
    measured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPreview:
    """An open order that would be cancelled.

    Attributes
    ----------
    intent_id : str
        Makes cancelling it again the same cancellation.
    is_last_stop : bool
        Whether a position would be left without any stop.
    """

    intent_id: str
    order: Order
    is_last_stop: bool


def known_outcome(intent: Intent) -> Outcome:
    """Say how an intent stands by what is stored of it."""
    match intent.state:
        case IntentState.DONE:
            return Sent(intent.detail)
        case IntentState.REFUSED if intent.attempts == 0:
            return Refused(intent.detail)
        case IntentState.REFUSED:
            return Rejected(intent.detail)
        case IntentState.ABANDONED:
            return Refused(intent.detail)
        case IntentState.DECIDED | IntentState.SENT:
            return Unknown(intent.detail or "it is on its way")
