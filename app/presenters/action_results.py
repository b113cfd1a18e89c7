"""What actions brought: realised P&L and fee of their fills, as far as the accounts show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.presenters.cells import Cell, tone_of, unknown
from app.presenters.numbers import plain, signed
from etrms_core.domain.account import AccountState
from etrms_core.domain.intents import Intent, IntentState, SubmitOrder
from etrms_core.domain.order import CONDITIONAL, Fill

Fills = Mapping[tuple[str, str], Sequence[Fill]]
NO_ORDER = "it sent no order, so nothing was filled"
NOT_SENT = "nothing was filled"
ON_ITS_WAY = "not known yet: nobody knows yet whether it was filled"
NO_FILL = "the account shows no fill of it any more"
WAITS = "the account shows no fill of it: it waits, was cancelled, or filled long ago"


@dataclass(frozen=True, slots=True)
class ActionResult:
    """Sums over the fills of one action, quote currency; price result before fees."""

    realized_pnl: float
    fee: float


def fills_by_order(accounts: Sequence[AccountState]) -> Fills:
    """Sort the fills that accounts show by account and order."""
    found: dict[tuple[str, str], list[Fill]] = {}
    for account in accounts:
        for fill in account.fills:
            found.setdefault((account.account, fill.client_order_id), []).append(fill)
    return found


def result_of(intent: Intent, fills: Fills) -> ActionResult | None:
    """Sum what the fills of an action brought; None where none is shown."""
    if not isinstance(intent.action, SubmitOrder):
        return None
    own = fills.get((intent.account, intent.action.request.client_order_id))
    if not own:
        return None
    return ActionResult(sum(each.realized_pnl for each in own), sum(each.fee for each in own))


def result_cells(intent: Intent, fills: Fills, *, quote_asset: str) -> tuple[Cell, Cell]:
    """Show realised P&L and fee; a dash tells why there is none."""
    result = result_of(intent, fills)
    if result is None:
        dash = unknown(_why_not(intent))
        return dash, dash
    pnl = result.realized_pnl
    return (
        Cell(f"{signed(pnl, 2)} {quote_asset}".strip(), tone=tone_of(pnl)),
        Cell(f"{plain(result.fee, 2)} {quote_asset}".strip()),
    )


def _why_not(intent: Intent) -> str:
    if not isinstance(intent.action, SubmitOrder):
        return NO_ORDER
    if intent.state in {IntentState.REFUSED, IntentState.ABANDONED}:
        return NOT_SENT
    if intent.is_open:
        return ON_ITS_WAY
    return WAITS if intent.action.request.order_type in CONDITIONAL else NO_FILL
