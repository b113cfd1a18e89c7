"""Orders of another desk on an account that this one guards."""

from collections.abc import Iterable

from etrms_core.domain.account import AccountState
from etrms_core.domain.identifiers import desk_of


def foreign_desks(accounts: Iterable[AccountState], *, desk_id: str) -> tuple[tuple[str, str], ...]:
    """Return (account, desk) for every other desk that has an open order or a recent fill there."""
    found = {
        (account.account, desk)
        for account in accounts
        for desk in _desks(account)
        if desk not in (None, desk_id)
    }
    return tuple(sorted((account, str(desk)) for account, desk in found))


def _desks(account: AccountState) -> set[str | None]:
    orders = {desk_of(order.request.client_order_id) for order in account.orders}
    return orders | {desk_of(fill.client_order_id) for fill in account.fills}
