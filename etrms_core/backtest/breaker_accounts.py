"""A simulated account at a close as the live cycle would have read it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan

import numpy as np

from etrms_core.backtest.breaker_scopes import ACCOUNT, VENUE
from etrms_core.backtest.terms import AccountTerms
from etrms_core.domain.account import AccountState, Balance, Position
from etrms_core.domain.identifiers import PositionSide, Scope
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Order, OrderRequest, OrderSide, OrderStatus, OrderType
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.sources import read_sources
from etrms_core.kernels.account import apply_fill
from etrms_core.kernels.arrays import Record, Records
from etrms_core.risk.measurement import measure
from etrms_core.risk.position_table import position_table
from etrms_core.risk.scope_layout import ScopeLayout, scope_layout
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot

ASSET = "USDT"
DESK_ID = "rply"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTerms:
    """What every reading of a run shares.

    Attributes
    ----------
    scopes : tuple of Scope
        All that the rules may speak of.
    """

    symbols: tuple[str, ...]
    instruments: Mapping[str, Instrument]
    account: AccountTerms
    strategy_name: str
    scopes: tuple[Scope, ...]


def moment(time_ms: int) -> datetime:
    """Return a time in milliseconds since 1970 as an aware one."""
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def opening_order(fills: Records, symbols: int) -> Iterator[tuple[int, list[int]]]:
    """Yield, fill by fill, its number and the symbols that are held after it, oldest first."""
    held: dict[int, float] = {}
    prices = dict.fromkeys(range(symbols), 0.0)
    for number, fill in enumerate(fills):
        symbol = int(fill.symbol)
        left, prices[symbol], _ = apply_fill(
            held.get(symbol, 0.0), prices[symbol], float(fill.quantity), float(fill.price)
        )
        if left == 0.0:
            held.pop(symbol, None)
        else:
            held[symbol] = left
        yield number, list(held)


def account_state(
    terms: RunTerms, seen: Records, order: Sequence[int], wallet: float, at: datetime
) -> AccountState:
    """Show the account; positions in the order in which they were opened.

    Parameters
    ----------
    seen : records of POSITION of shape (n_symbols,)
    """
    return AccountState(
        account=ACCOUNT,
        venue=VENUE,
        observed_at=at,
        balances=(Balance(ASSET, wallet, 1.0),),
        positions=tuple(_position(terms, seen[row], row) for row in order),
        orders=tuple(_orders(terms, seen, at)),
    )


def read_account(
    terms: RunTerms, account: AccountState, at: datetime
) -> tuple[RiskSnapshot, ScopeLayout]:
    """Measure the account as the live cycle does, as far as sentences speak of it."""
    table = position_table([account], as_of=at, unknown=frozenset())
    shares = dict.fromkeys(table.keys, ((terms.strategy_name, 1.0),))
    layout = scope_layout(table.keys, {ACCOUNT: VENUE}, shares, terms.scopes)
    measured = measure(table)
    snapshot = RiskSnapshot(
        as_of=at,
        scopes=layout.scopes,
        values=np.full((len(layout.scopes), 0), np.nan),
        results=np.zeros((len(layout.scopes), 4)),
        qualities=(DataQuality.FRESH,) * len(layout.scopes),
        sources=read_sources([account], as_of=at, policy=RiskPolicy()),
        table=table,
        positions=measured.positions,
        accounts=measured.accounts,
        strategies=layout.owners,
        index=layout.index,
    )
    return snapshot, layout


def _position(terms: RunTerms, seen: Record, row: int) -> Position:
    symbol = terms.symbols[row]
    return Position(
        symbol=symbol,
        quantity=float(seen.quantity),
        entry_price=float(seen.entry_price),
        mark_price=float(seen.mark_price),
        leverage=float(seen.leverage),
        margin_mode=terms.account.margin_mode,
        isolated_margin=float(seen.isolated_margin),
        tiers=terms.instruments[symbol].tiers,
        opened_at=moment(int(seen.opened_ms)),
        funding_rate=None if isnan(seen.funding_rate) else float(seen.funding_rate),
        quote_asset=ASSET,
    )


def _orders(terms: RunTerms, seen: Records, at: datetime) -> Iterator[Order]:
    """Show what rests over positions, and the entries that wait for a symbol's next bar."""
    for symbol, row in zip(terms.symbols, seen, strict=False):
        quantity = float(row.quantity)
        if quantity != 0.0 and row.guarded:
            yield _order(symbol, -quantity, OrderType.STOP_MARKET, at)
        if quantity != 0.0 and not isnan(row.profit_level):
            yield _order(symbol, -quantity, OrderType.TAKE_PROFIT_MARKET, at)
        if row.entry_side != 0.0 or not isnan(row.target):
            yield _order(symbol, 1.0, OrderType.MARKET, at)


def _order(symbol: str, quantity: float, kind: OrderType, at: datetime) -> Order:
    is_entry = kind is OrderType.MARKET
    request = OrderRequest(
        client_order_id=f"{kind.value}-{symbol}",
        account=ACCOUNT,
        symbol=symbol,
        side=OrderSide.BUY if quantity > 0.0 else OrderSide.SELL,
        order_type=kind,
        quantity=abs(quantity),
        # No sentence speaks of the level of an order that rested before.
        trigger_price=None if is_entry else 1.0,
        reduce_only=not is_entry,
        position_side=PositionSide.NET,
    )
    return Order(order_id=kind.value, request=request, status=OrderStatus.NEW, created_at=at)
