"""What the desk has decided to do at a venue, written down before it is done.

The life of an intent: DECIDED is stored with the decision; SENT is stored with a deadline right
before the request goes out; the answer, or a later look at the venue, settles it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from etrms_core.domain.commands import Cause
from etrms_core.domain.order import OrderRequest


class IntentState(StrEnum):
    """How far an intent has come."""

    DECIDED = "decided"  # stored, never sent
    SENT = "sent"  # the venue may have it
    DONE = "done"  # the venue has carried it out
    REFUSED = "refused"  # the gate or the venue said no
    ABANDONED = "abandoned"  # given up; `detail` says why


OPEN_STATES = frozenset({IntentState.DECIDED, IntentState.SENT})


class Origin(StrEnum):
    """Who wanted it."""

    BREAKER = "breaker"
    KILL_SWITCH = "kill_switch"
    PERSON = "person"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class SubmitOrder:
    """Send an order; its quantity is absolute, decided once."""

    request: OrderRequest


@dataclass(frozen=True, slots=True)
class CancelById:
    """Cancel these orders of an account; doing it twice changes nothing."""

    account: str
    client_order_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeLeverage:
    """Set the leverage of a symbol; doing it twice changes nothing."""

    account: str
    symbol: str
    leverage: float


Action = SubmitOrder | CancelById | ChangeLeverage


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One action with its history.

    Attributes
    ----------
    intent_id : str
        Unique for ever; of an order its client order id.
    attempts : int
        How often it was sent.
    deadline_at : datetime or None
        When the venue stops taking the last attempt; None before the first.
    misses : int
        Looks at the venue after that deadline that did not find it.
    detail : str
        What came of it, in one sentence.
    """

    intent_id: str
    action: Action
    origin: Origin
    decided_at: datetime
    causes: tuple[Cause, ...] = ()
    state: IntentState = IntentState.DECIDED
    attempts: int = 0
    deadline_at: datetime | None = None
    misses: int = 0
    detail: str = ""

    @property
    def account(self) -> str:
        """Account that it acts on."""
        match self.action:
            case SubmitOrder(request=request):
                return request.account
            case CancelById(account=account) | ChangeLeverage(account=account):
                return account

    @property
    def is_open(self) -> bool:
        """Whether something may still come of it."""
        return self.state in OPEN_STATES

    @property
    def is_protective(self) -> bool:
        """Whether it can only take risk away, so that it is carried to its end whatever happens."""
        match self.action:
            case SubmitOrder(request=request):
                return request.reduce_only
            case CancelById():
                return True
            case ChangeLeverage():
                return self.origin is Origin.BREAKER
