"""How old a preview is, and what has changed since a person looked at it."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.cells import DASH, Cell, Tone
from app.presenters.numbers import percent, price, quantity, signed_percent
from app.presenters.times import clock, duration
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import OrderType
from etrms_core.engine.position_wishes import PlannedOrder
from etrms_core.services.position_outcomes import PositionPreview

STALE_AFTER_SECONDS = 10.0
# A market price that moved by more, as a fraction, is shown before anything is sent.
TOLERATED_MOVE = 0.001
REMEASURED = (
    "It is measured again when you confirm. If the size differs then, or the price by more than "
    f"{percent(TOLERATED_MOVE, digits=1)}, nothing is sent and you see the new figures first."
)


def age_cell(preview: PositionPreview, *, now: datetime, zone: ZoneInfo) -> Cell:
    """Say when a preview was measured and how long ago; an old one says that it is."""
    age = max(0.0, (now - preview.measured_at).total_seconds())
    at = f"{clock(preview.measured_at, zone=zone)} {zone.key}"
    if age <= STALE_AFTER_SECONDS:
        return Cell(f"Measured {duration(age)} ago, at {at}.")
    text = f"These figures are old: measured {duration(age)} ago, at {at}. Measure again."
    return Cell(text, tone=Tone.WARNING)


def moved_words(
    shown: PositionPreview, measured: PositionPreview, instrument: Instrument | None
) -> str | None:
    """Say what differs so much that a person must see it first; None when nothing does."""
    pairs = zip(shown.plan.orders, measured.plan.orders, strict=False)
    told = [words for before, after in pairs for words in _moved(before, after, instrument)]
    if len(shown.plan.orders) != len(measured.plan.orders):
        told.append("other orders are needed now")
    return "; ".join(told) or None


def sent_words(
    shown: PositionPreview, measured: PositionPreview, instrument: Instrument | None
) -> str | None:
    """Say at which estimate it was sent when that is another one than was shown."""
    pairs = zip(shown.plan.orders, measured.plan.orders, strict=False)
    told = [
        f"{_price(after, instrument)}, after {_price(before, instrument)} that you saw"
        for before, after in pairs
        if _is_market(after) and _price(before, instrument) != _price(after, instrument)
    ]
    return f"The estimated price when it was sent: {'; '.join(told)}." if told else None


def _moved(
    before: PlannedOrder, after: PlannedOrder, instrument: Instrument | None
) -> Iterator[str]:
    lot = None if instrument is None else instrument.lot_size or None
    if before.request.quantity != after.request.quantity:
        was = quantity(before.request.quantity, lot_size=lot)
        yield f"the size was {was} and is {quantity(after.request.quantity, lot_size=lot)} now"
    move = _move(before.price, after.price)
    if _is_market(after) and (move is None or abs(move) > TOLERATED_MOVE):
        by = "" if move is None else f" ({signed_percent(move)})"
        was = _price(before, instrument)
        yield f"the price was {was} and is {_price(after, instrument)} now{by}"


def _move(before: float | None, after: float | None) -> float | None:
    if before is None and after is None:
        return 0.0
    return None if before is None or after is None else after / before - 1.0


def _price(planned: PlannedOrder, instrument: Instrument | None) -> str:
    text = price(planned.price, tick_size=None if instrument is None else instrument.tick_size)
    return "not known" if text == DASH else text


def _is_market(planned: PlannedOrder) -> bool:
    return planned.request.order_type is OrderType.MARKET
