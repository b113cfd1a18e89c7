"""What the name of a file of bars tells, as a proposal for the form."""

import re

SYMBOL = re.compile(r"(?:^|[_.])((?:[A-Z0-9]{2,20}(?:USDT|USDC|USD|BUSD|PERP))|[A-Z]{2,10}-PERP)")
VENUES = ("binance_usdm", "binance_spot", "hyperliquid", "bybit", "okx", "dydx", "ftx")


def proposed_symbol(file_name: str) -> str:
    """Symbol in a file's name such as binance_usdm_BTCUSDT_1h.parquet; empty when none is told."""
    match = SYMBOL.search(file_name)
    return "" if match is None else match[1]


def proposed_venue(file_name: str) -> str:
    """Venue at the start of a file's name; empty when none is told."""
    return next((venue for venue in VENUES if file_name.startswith(venue)), "")


def proposed_kind(file_name: str) -> str:
    """Kind of prices that a file's name speaks of: funding, mark, else trade."""
    lowered = file_name.lower()
    return next((kind for kind in ("funding", "mark") if kind in lowered), "trade")
