"""Trades of a run for a table that people sort."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isfinite
from zoneinfo import ZoneInfo

Value = str | float | datetime | None

NUMBERS = {
    "quantity": "Quantity",
    "entry_price": "Entry price",
    "exit_price": "Exit price",
    "pnl": "Result (USD)",
    "return": "Return (%)",
    "mae": "Worst (%)",
    "mfe": "Best (%)",
    "fees": "Fees (USD)",
    "funding": "Funding (USD)",
}
PERCENTAGES = frozenset({"return", "mae", "mfe"})
REASONS = {
    "signal": "Signal",
    "stop_loss": "Stop loss",
    "take_profit": "Take profit",
    "trailing_stop": "Trailing stop",
    "liquidation": "Liquidation",
    "breaker": "Breaker",
    "open": "Still open",
}


def trade_table(rows: Sequence[Mapping[str, str]], *, zone: ZoneInfo) -> list[dict[str, Value]]:
    """Turn rows of trades.csv into named columns; numbers stay numbers, unknown ones are empty."""
    return [_row(row, zone) for row in rows]


def _row(row: Mapping[str, str], zone: ZoneInfo) -> dict[str, Value]:
    shown: dict[str, Value] = {
        "No.": _number(row.get("id")),
        "Symbol": row.get("symbol", ""),
        "Side": (row.get("side") or "").capitalize(),
        "Entry": _moment(row.get("entry_time"), zone),
        "Exit": _moment(row.get("exit_time"), zone),
        "Why": REASONS.get(row.get("exit_reason", ""), row.get("exit_reason", "")),
    }
    for name, title in NUMBERS.items():
        value = _number(row.get(name))
        shown[title] = value * 100.0 if value is not None and name in PERCENTAGES else value
    return shown


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if isfinite(value) else None


def _moment(text: str | None, zone: ZoneInfo) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    # The table draws clock times as they are written.
    return moment.astimezone(zone).replace(tzinfo=None) if moment.tzinfo else None
