"""Everything the paper exchange knows of one account."""

from dataclasses import dataclass, field
from datetime import datetime

from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.domain.account import Flow, FundingPayment, MarginMode
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Fill, Order

LegKey = tuple[str, PositionSide]


@dataclass(slots=True)
class PaperPosition:
    """One open leg; `isolated_margin` is the part of the wallet set aside for it."""

    symbol: str
    side: PositionSide
    quantity: float
    entry_price: float
    margin_mode: MarginMode
    leverage: float
    opened_at: datetime
    isolated_margin: float = 0.0


@dataclass(slots=True)
class SymbolLedger:
    """Cumulative results of one symbol, quote currency."""

    realized_pnl: float = 0.0
    fees: float = 0.0
    funding: float = 0.0


@dataclass(slots=True)
class RestingOrder:
    """An open order with the best mark price that a trailing stop has seen."""

    order: Order
    best_price: float | None = None


@dataclass(slots=True)
class PaperState:
    """Mutable state of one paper account.

    `last_seen_at` is the market time up to which the account was played, `pace` ties market time
    to the desk's clock (None while bars drive the account).
    `used_ids` holds the newest order of each client order id, the newest last.
    `news_fills`, `news_orders`, `news_flows` and `news_funding` hold what happened since the last
    commit; a store writes them away, a replay collects them.
    """

    wallet: float = 0.0
    hedge_mode: bool = False
    last_seen_at: datetime | None = None
    sequence: int = 0
    positions: dict[LegKey, PaperPosition] = field(default_factory=dict)
    orders: dict[str, RestingOrder] = field(default_factory=dict)
    used_ids: dict[str, Order] = field(default_factory=dict)
    leverage: dict[str, float] = field(default_factory=dict)
    margin_mode: dict[str, MarginMode] = field(default_factory=dict)
    ledger: dict[str, SymbolLedger] = field(default_factory=dict)
    marks: dict[str, float] = field(default_factory=dict)
    recent_fills: list[Fill] = field(default_factory=list)
    recent_flows: list[Flow] = field(default_factory=list)
    pace: MarketPace | None = None
    news_fills: list[Fill] = field(default_factory=list)
    news_orders: list[Order] = field(default_factory=list)
    news_flows: list[Flow] = field(default_factory=list)
    news_funding: list[FundingPayment] = field(default_factory=list)

    def next_id(self, prefix: str) -> str:
        """Return an id that this account has not used."""
        self.sequence += 1
        return f"{prefix}{self.sequence}"

    def result_of(self, symbol: str) -> SymbolLedger:
        """Ledger of a symbol, created when first needed."""
        return self.ledger.setdefault(symbol, SymbolLedger())
