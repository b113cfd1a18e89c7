"""Small valid domain values.

Name what a test is about; for what a builder does not ask, use `dataclasses.replace`.
"""

from datetime import UTC, datetime

from etrms_core.domain.account import AccountState, Balance, MarginMode, Position
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import (
    Fill,
    Order,
    OrderRequest,
    OrderSide,
    OrderStatus,
    OrderType,
)

NOW = datetime(2025, 10, 10, 12, 0, tzinfo=UTC)


def make_position(
    symbol: str = "BTCUSDT",
    quantity: float = 1.0,
    entry_price: float = 100.0,
    *,
    mark_price: float | None = 100.0,
    leverage: float | None = 10.0,
    isolated_margin: float | None = None,
) -> Position:
    """Build a position of one-way mode, isolated where a margin is given."""
    return Position(
        symbol=symbol,
        quantity=quantity,
        entry_price=entry_price,
        mark_price=mark_price,
        leverage=leverage,
        margin_mode=MarginMode.CROSS if isolated_margin is None else MarginMode.ISOLATED,
        isolated_margin=isolated_margin or 0.0,
        opened_at=NOW,
        funding_rate=0.0,
    )


def make_account(
    *positions: Position,
    account: str = "main",
    venue: str = "paper",
    wallet: float = 1000.0,
    orders: tuple[Order, ...] = (),
    fills: tuple[Fill, ...] = (),
) -> AccountState:
    """Build an account that was read at `NOW` and holds `wallet` USDT of 1 USD each."""
    return AccountState(
        account=account,
        venue=venue,
        observed_at=NOW,
        balances=(Balance("USDT", wallet, 1.0),),
        positions=positions,
        orders=orders,
        fills=fills,
    )


def make_fill(
    fill_id: str,
    quantity: float,
    *,
    strategy: str | None = None,
    realized_pnl: float = 0.0,
    fee: float = 0.0,
    filled_at: datetime = NOW,
) -> Fill:
    """Build a fill of BTCUSDT, of one of our strategies or, without one, of a stranger."""
    return Fill(
        fill_id=fill_id,
        client_order_id="web-1" if strategy is None else f"et-desk-{strategy}-1",
        symbol="BTCUSDT",
        position_side=PositionSide.NET,
        quantity=quantity,
        price=100.0,
        fee=fee,
        realized_pnl=realized_pnl,
        filled_at=filled_at,
    )


def make_stop(
    quantity: float,
    *,
    side: OrderSide = OrderSide.SELL,
    position_side: PositionSide = PositionSide.NET,
    reduce_only: bool = True,
) -> Order:
    """Build a stop-market order that rests in BTCUSDT."""
    return Order(
        order_id="1",
        request=OrderRequest(
            client_order_id="stop",
            account="main",
            symbol="BTCUSDT",
            side=side,
            order_type=OrderType.STOP_MARKET,
            quantity=quantity,
            trigger_price=50.0,
            reduce_only=reduce_only,
            position_side=position_side,
        ),
        status=OrderStatus.NEW,
        created_at=NOW,
    )
