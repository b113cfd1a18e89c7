"""What an action on a position would do, and what became of it, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.action_results import Fills, result_cells
from app.presenters.cells import Cell, Tone, tone_of
from app.presenters.numbers import plain, price, quantity, signed
from app.presenters.open_orders import KINDS, order_title
from app.presenters.position_cards import Fact, side_words
from app.presenters.times import clock_and_date
from etrms_core.domain.account import Position
from etrms_core.domain.identifiers import PositionKey
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import Intent, IntentState, SubmitOrder
from etrms_core.domain.order import CONDITIONAL, OrderRequest, OrderType
from etrms_core.engine.intent_events import describe
from etrms_core.engine.position_wishes import AffectedOrder, Effect, PlannedOrder
from etrms_core.services.position_outcomes import (
    NotActing,
    Outcome,
    PositionPreview,
    Refused,
    Rejected,
    Sent,
    Unknown,
)

NO_FEE = "not known: the account shows no fill that took liquidity"
EFFECTS = {
    Effect.ORPHANED: "has nothing left to close afterwards; cancel it below if the venue keeps it",
    Effect.OVERSIZED: "is larger than what stays open; it only reduces, so it cannot flip it",
    Effect.DUPLICATE: "waits already for the same units; cancel it below if this replaces it",
}
STATES = {
    IntentState.DECIDED: Cell("On its way", tone=Tone.WARNING),
    IntentState.SENT: Cell("Unknown", "the desk goes on looking", Tone.WARNING),
    IntentState.DONE: Cell("Done", tone=Tone.GOOD),
    IntentState.REFUSED: Cell("Refused", tone=Tone.BAD),
    IntentState.ABANDONED: Cell("Given up", tone=Tone.BAD),
}


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action of a person with its outcome."""

    time: Cell
    action: Cell
    outcome: Cell
    detail: Cell
    realized_pnl: Cell
    fee: Cell


def position_words(key: PositionKey, position: Position, instrument: Instrument | None) -> str:
    """Name a position with its size: "BTCUSDT long 0.100 on main, mark 96,000.0"."""
    size = quantity(position.quantity, lot_size=_lot(instrument))
    mark = "mark not known"
    if position.mark_price is not None:
        mark = f"mark {price(position.mark_price, tick_size=_tick(instrument))}"
    return f"{key.symbol} {side_words(key, position.quantity)} {size} on {key.account}, {mark}"


def planned_facts(
    planned: PlannedOrder, instrument: Instrument | None, *, quote_asset: str
) -> tuple[Fact, ...]:
    """Show one order with what it would bring."""
    request = planned.request
    is_market = request.order_type is OrderType.MARKET
    return (
        Fact("Sends", Cell(request_words(request, instrument))),
        Fact(
            "Estimated price" if is_market else "If it triggers",
            Cell(price(planned.price, tick_size=_tick(instrument))),
        ),
        Fact("Notional", _amount(planned.notional, quote_asset)),
        Fact("Realised P&L, before fees", _result(planned.realized_pnl, quote_asset)),
        Fact("Fee", _fee(planned.fee, quote_asset)),
    )


def request_words(request: OrderRequest, instrument: Instrument | None) -> str:
    """Name an order with its numbers: "reduce-only stop sell 0.100 at 95,000.0"."""
    size = quantity(request.quantity, lot_size=_lot(instrument))
    level = ""
    if request.trigger_price is not None:
        level = f" at {price(request.trigger_price, tick_size=_tick(instrument))}"
    elif request.callback_fraction is not None:
        level = f" {plain(request.callback_fraction * 100.0, 2)}% behind the best mark"
    reducing = "reduce-only " if request.reduce_only else ""
    return f"{reducing}{KINDS[request.order_type]} {request.side.value} {size}{level}"


def left_words(preview: PositionPreview, instrument: Instrument | None) -> str:
    """Say what stays open once every market order is filled."""
    left = preview.plan.left_open
    if left == 0.0:
        return "nothing"
    side = "long" if left > 0.0 else "short"
    return f"{quantity(left, lot_size=_lot(instrument))} {side}"


def affected_words(affected: AffectedOrder, instrument: Instrument | None) -> str:
    """Say what becomes of an order that waits already."""
    level = affected.order.request.trigger_price or affected.order.request.price
    at = "" if level is None else f" at {price(level, tick_size=_tick(instrument))}"
    size = quantity(affected.order.remaining_quantity, lot_size=_lot(instrument))
    return f"The {order_title(affected.order)} {size}{at} {EFFECTS[affected.effect]}."


def verdict_cell(preview: PositionPreview) -> Cell:
    """Say whether the gate would let the orders out."""
    refused = [each for each in preview.verdicts if each is not None]
    if not refused:
        return Cell("lets it pass", tone=Tone.GOOD)
    words = "; ".join(f"{each.sentence} ({each.code.value.replace('_', ' ')})" for each in refused)
    return Cell(f"refuses it: {words}", tone=Tone.BAD)


def outcome_cell(outcome: Outcome) -> Cell:
    """Say what became of one order."""
    match outcome:
        case Sent(detail=detail, order=order) if order is not None and order.is_open:
            return Cell(f"Placed, it waits at the venue: {told(detail)}.", tone=Tone.GOOD)
        case Sent(detail=detail):
            return Cell(f"Done: {told(detail)}.", tone=Tone.GOOD)
        case Refused(detail=detail, code=code):
            return Cell(f"Not sent, refused{_code(code)}: {told(detail)}.", tone=Tone.BAD)
        case Rejected(detail=detail, code=code):
            return Cell(f"The venue said no{_code(code)}: {told(detail)}.", tone=Tone.BAD)
        case Unknown(detail=detail):
            text = f"Not known yet: {detail}. The desk goes on looking; do not send it again."
            return Cell(text, tone=Tone.WARNING)
        case NotActing(detail=detail):
            text = f"Not sent: {detail}. Act in the process that guards the accounts."
            return Cell(text, tone=Tone.BAD)


def action_rows(
    intents: Sequence[Intent],
    *,
    fills: Fills,
    quote_assets: Mapping[tuple[str, str], str],
    zone: ZoneInfo,
    now: datetime,
) -> tuple[ActionRow, ...]:
    """Show what persons asked for, as the database has it, and what its fills brought.

    Parameters
    ----------
    quote_assets : mapping
        By account and symbol; where one is missing the amounts stand without their unit.
    """
    rows = []
    for intent in intents:
        asset = quote_assets.get((intent.account, _symbol(intent)), "")
        realized_pnl, fee = result_cells(intent, fills, quote_asset=asset)
        rows.append(
            ActionRow(
                time=Cell(clock_and_date(intent.decided_at, zone=zone, now=now)),
                action=Cell(told(describe(intent.action))),
                outcome=STATES[intent.state],
                detail=Cell(told(intent.detail) or "no answer yet"),
                realized_pnl=realized_pnl,
                fee=fee,
            )
        )
    return tuple(rows)


def told(detail: str) -> str:
    """Name order types in a sentence of the desk as a trader does."""
    for order_type in CONDITIONAL:
        detail = detail.replace(order_type.value, KINDS[order_type])
    return detail


def _symbol(intent: Intent) -> str:
    return intent.action.request.symbol if isinstance(intent.action, SubmitOrder) else ""


def _code(code: str) -> str:
    return f" ({code.replace('_', ' ')})" if code else ""


def _amount(value: float | None, asset: str) -> Cell:
    if value is None:
        return Cell("not known", tone=Tone.MUTED)
    return Cell(f"{plain(value, 2)} {asset}")


def _result(value: float | None, asset: str) -> Cell:
    if value is None:
        return Cell("not known", tone=Tone.MUTED)
    return Cell(f"{signed(value, 2)} {asset}", tone=tone_of(value))


def _fee(value: float | None, asset: str) -> Cell:
    if value is None:
        return Cell(NO_FEE, tone=Tone.MUTED)
    return Cell(f"about {plain(value, 2)} {asset}, at the rate of the last fill")


def _lot(instrument: Instrument | None) -> float | None:
    return None if instrument is None else instrument.lot_size or None


def _tick(instrument: Instrument | None) -> float | None:
    return None if instrument is None else instrument.tick_size or None
