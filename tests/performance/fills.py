"""Fills and a fixed moment for the tests of trades and of a run's files."""

from datetime import UTC, datetime

from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Fill

NOW = datetime(2025, 10, 10, 12, 0, tzinfo=UTC)


def make_fill(
    fill_id: str,
    quantity: float,
    *,
    leg: tuple[str, PositionSide] = ("BTCUSDT", PositionSide.NET),
    price: float = 100.0,
    fee: float = 0.0,
    filled_at: datetime = NOW,
) -> Fill:
    """Build a fill; `quantity` is signed."""
    symbol, side = leg
    return Fill(
        fill_id=fill_id,
        client_order_id="",
        symbol=symbol,
        position_side=side,
        quantity=quantity,
        price=price,
        fee=fee,
        realized_pnl=0.0,
        filled_at=filled_at,
    )
