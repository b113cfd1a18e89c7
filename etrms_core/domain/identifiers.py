"""Scopes, position keys and the names that travel in client order ids."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from etrms_core.errors import DomainError

MANUAL = "manual"
CLIENT_ORDER_ID_LENGTH = 36
_CLIENT_ORDER_ID = re.compile(r"^et-(?P<desk>[a-z0-9]{4})-(?P<strategy>[a-z0-9_]{1,14})-[a-z0-9]+$")


class PositionSide(StrEnum):
    """Leg of a position: `net` in one-way mode, `long` and `short` in hedge mode."""

    NET = "net"
    LONG = "long"
    SHORT = "short"


class ScopeKind(StrEnum):
    """What a limit, a breaker or a reading speaks of."""

    PORTFOLIO = "portfolio"
    EXCHANGE = "exchange"
    SYMBOL = "symbol"
    STRATEGY = "strategy"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """A part of the portfolio; without a name it stands for every instance of its kind."""

    kind: ScopeKind
    name: str = ""

    def __str__(self) -> str:
        return self.kind.value if not self.name else f"{self.kind.value}:{self.name}"


PORTFOLIO = Scope(ScopeKind.PORTFOLIO)


class PositionKey(NamedTuple):
    """Identity of a position on the whole desk."""

    account: str
    symbol: str
    side: PositionSide

    def __str__(self) -> str:
        return f"{self.account}:{self.symbol}:{self.side.value}"


def client_order_id(*, desk: str, strategy: str, nonce: str) -> str:
    """Compose an id of at most 36 characters that names the desk and the strategy.

    Raises
    ------
    DomainError
        If a part has characters or a length that venues refuse.
    """
    text = f"et-{desk}-{strategy}-{nonce}"
    if len(text) > CLIENT_ORDER_ID_LENGTH or _CLIENT_ORDER_ID.match(text) is None:
        raise DomainError(
            "a client order id is et-DESK-STRATEGY-NONCE in lower case, at most "
            f"{CLIENT_ORDER_ID_LENGTH} characters, was {text!r}"
        )
    return text


def strategy_of(order_id: str) -> str:
    """Return the strategy named in a client order id, `manual` for ids that are not ours."""
    match = _CLIENT_ORDER_ID.match(order_id)
    return MANUAL if match is None else match["strategy"]


def desk_of(order_id: str) -> str | None:
    """Return the desk named in a client order id, None for ids that no desk gave."""
    match = _CLIENT_ORDER_ID.match(order_id)
    return None if match is None else match["desk"]
