"""Cancelling many orders at once."""

from concurrent.futures import ThreadPoolExecutor

from etrms_core.engine.ports import ExchangePort
from etrms_core.errors import OrderRejectedError

CANCELS_AT_ONCE = 8


def cancel_all(exchange: ExchangePort, order_ids: tuple[str, ...]) -> int:
    """Cancel orders, some at a time; ExchangeUnavailableError leaves the rest for the next try."""
    if len(order_ids) == 1:
        return int(_cancel(exchange, order_ids[0]))
    with ThreadPoolExecutor(CANCELS_AT_ONCE, thread_name_prefix="cancel") as pool:
        return sum(pool.map(lambda order_id: _cancel(exchange, order_id), order_ids))


def _cancel(exchange: ExchangePort, order_id: str) -> bool:
    try:
        exchange.cancel_order(order_id)
    except OrderRejectedError:
        return False  # it filled or ended in the meantime: nothing is left to cancel
    return True
