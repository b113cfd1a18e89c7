"""What fills and funding do to a paper account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from etrms_core.adapters.exchanges.paper.state import (
    LegKey,
    PaperPosition,
    PaperState,
)
from etrms_core.domain.account import FundingPayment, MarginMode
from etrms_core.domain.order import Fill
from etrms_core.kernels.account import apply_fill
from etrms_core.kernels.funding import funding_payment

KEPT_FILLS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution: signed base units, price and fee in quote currency, and why it happened."""

    quantity: float
    price: float
    fee: float
    at: datetime
    reason: str
    client_order_id: str = ""
    is_maker: bool = False


def settle_fill(state: PaperState, leg: LegKey, execution: Execution) -> Fill:
    """Book one execution on a leg."""
    symbol, side = leg
    position = state.positions.get(leg)
    held = 0.0 if position is None else position.quantity
    entry = 0.0 if position is None else position.entry_price
    quantity, entry_price, realized = apply_fill(held, entry, execution.quantity, execution.price)
    state.wallet += realized - execution.fee
    result = state.result_of(symbol)
    result.realized_pnl += realized
    result.fees += execution.fee
    _move_position(state, leg, quantity, entry_price, execution)
    fill = Fill(
        fill_id=state.next_id("f"),
        client_order_id=execution.client_order_id,
        symbol=symbol,
        position_side=side,
        quantity=execution.quantity,
        price=execution.price,
        fee=execution.fee,
        realized_pnl=realized,
        filled_at=execution.at,
        reason=execution.reason,
        is_maker=execution.is_maker,
    )
    _remember(state, fill)
    return fill


def settle_funding(
    state: PaperState, symbol: str, *, rate: float, mark_price: float, at: datetime
) -> None:
    """Pay or receive funding on every leg of a symbol; isolated legs settle with their margin."""
    for leg, position in state.positions.items():
        if position.symbol != symbol:
            continue
        amount = funding_payment(position.quantity, mark_price, rate)
        state.wallet += amount
        state.result_of(symbol).funding += amount
        if position.margin_mode is MarginMode.ISOLATED:
            position.isolated_margin += amount
        state.news_funding.append(FundingPayment(symbol, leg[1], at, amount))


def _remember(state: PaperState, fill: Fill) -> None:
    # Only the first fill of a commit drops old ones: a downtime that is played shows all of its
    # fills to whoever asks next.
    if not state.news_fills:
        oldest = fill.filled_at - KEPT_FILLS
        state.recent_fills[:] = [each for each in state.recent_fills if each.filled_at >= oldest]
    state.recent_fills.append(fill)
    state.news_fills.append(fill)


def _move_position(
    state: PaperState, leg: LegKey, quantity: float, entry_price: float, execution: Execution
) -> None:
    if quantity == 0.0:
        del state.positions[leg]
        return
    position = state.positions.get(leg)
    if position is None or position.quantity * quantity < 0.0:
        position = _opened_position(state, leg, entry_price, execution.at)
        state.positions[leg] = position
    grown = abs(quantity) - abs(position.quantity)
    if position.margin_mode is MarginMode.ISOLATED:
        if grown > 0.0:
            position.isolated_margin += grown * execution.price / position.leverage
        else:
            position.isolated_margin *= abs(quantity) / abs(position.quantity)
    position.quantity, position.entry_price = quantity, entry_price


def _opened_position(
    state: PaperState, leg: LegKey, entry_price: float, at: datetime
) -> PaperPosition:
    symbol, side = leg
    return PaperPosition(
        symbol,
        side,
        0.0,
        entry_price,
        state.margin_mode.get(symbol, MarginMode.CROSS),
        state.leverage[symbol],
        at,
    )
