"""Positions, orders and actions as CSV: numbers as numbers, times in UTC."""

from collections.abc import Sequence
from math import isfinite

from app.presenters.action_results import Fills, result_of
from app.presenters.csv_export import Value, csv_text
from app.presenters.open_orders import OrderCard
from app.presenters.position_cards import PositionCard
from etrms_core.domain.intents import Intent
from etrms_core.engine.intent_events import describe

ORDER_COLUMNS = (
    "account",
    "symbol",
    "side",
    "type",
    "quantity",
    "filled_quantity",
    "level",
    "distance_from_mark",
    "reduce_only",
    "created_at",
    "client_order_id",
)
ACTION_COLUMNS = (
    "decided_at",
    "account",
    "action",
    "state",
    "detail",
    "realized_pnl",
    "fee",
    "id",
)


def positions_csv(cards: Sequence[PositionCard]) -> str:
    """Write one line per position; what is unknown, or infinite, is an empty cell."""
    numbers = list(cards[0].numbers) if cards else []
    rows: list[dict[str, Value]] = [
        {
            "account": card.key.account,
            "symbol": card.key.symbol,
            "side": card.side,
            **{name: _finite(value) for name, value in card.numbers.items()},
            "is_stale": card.is_stale,
        }
        for card in cards
    ]
    return csv_text(rows, columns=["account", "symbol", "side", *numbers, "is_stale"])


def orders_csv(cards: Sequence[OrderCard]) -> str:
    """Write one line per waiting order."""
    rows: list[dict[str, Value]] = [
        {
            "account": card.account,
            "symbol": card.order.request.symbol,
            "side": card.order.request.side.value,
            "type": card.order.request.order_type.value,
            "quantity": card.order.request.quantity,
            "filled_quantity": card.order.filled_quantity,
            "level": card.level,
            "distance_from_mark": card.away,
            "reduce_only": card.order.request.reduce_only,
            "created_at": card.order.created_at.isoformat(),
            "client_order_id": card.client_order_id,
        }
        for card in cards
    ]
    return csv_text(rows, columns=ORDER_COLUMNS)


def actions_csv(intents: Sequence[Intent], fills: Fills) -> str:
    """Write one line per action of a person; what its fills brought is empty where none shows."""
    rows: list[dict[str, Value]] = []
    for intent in intents:
        result = result_of(intent, fills)
        rows.append(
            {
                "decided_at": intent.decided_at.isoformat(),
                "account": intent.account,
                "action": describe(intent.action),
                "state": intent.state.value,
                "detail": intent.detail,
                "realized_pnl": None if result is None else result.realized_pnl,
                "fee": None if result is None else result.fee,
                "id": intent.intent_id,
            }
        )
    return csv_text(rows, columns=ACTION_COLUMNS)


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
