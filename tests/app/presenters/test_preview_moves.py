"""How old a preview is, and what changed since it was looked at."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app.presenters.cells import Tone
from app.presenters.preview_moves import (
    STALE_AFTER_SECONDS,
    TOLERATED_MOVE,
    age_cell,
    moved_words,
    sent_words,
)
from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.engine.position_orders import plan_orders
from etrms_core.engine.position_wishes import Close, PositionReading, Protect, Wish
from etrms_core.services.position_outcomes import PositionPreview
from tests.builders import NOW, make_position

UTC = ZoneInfo("UTC")
KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)
BTC = Instrument("BTCUSDT", tick_size=0.5, lot_size=0.1)


def preview_at(
    mark: float | None, *, wish: Wish | None = None, quantity: float = 2.0
) -> PositionPreview:
    position = make_position(quantity=quantity, entry_price=90.0, mark_price=mark)
    reading = PositionReading(key=KEY, position=position, instrument=BTC)
    plan = plan_orders(wish or Close(), reading, order_id=lambda letter: f"id-{letter}")
    return PositionPreview(
        nonce="n",
        key=KEY,
        wish=wish or Close(),
        position=position,
        plan=plan,
        verdicts=(None,),
        measured_at=NOW,
    )


def test_a_preview_tells_its_age_and_says_when_it_is_old() -> None:
    fresh = age_cell(preview_at(100.0), now=NOW + timedelta(seconds=4), zone=UTC)
    assert (fresh.text, fresh.tone) == ("Measured 4 s ago, at 12:00:00 UTC.", Tone.PLAIN)
    later = NOW + timedelta(seconds=STALE_AFTER_SECONDS + 1.0)
    old = age_cell(preview_at(100.0), now=later, zone=UTC)
    assert old.text.startswith("These figures are old: measured 11 s ago")
    assert old.tone is Tone.WARNING
    assert "0 s ago" in age_cell(preview_at(100.0), now=NOW - timedelta(seconds=9), zone=UTC).text


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_a_price_that_moved_by_more_than_is_tolerated_is_told_with_both(direction: float) -> None:
    before = preview_at(1_000.0)
    near = preview_at(1_000.0 * (1.0 + direction * TOLERATED_MOVE * 0.99))
    far = preview_at(1_000.0 * (1.0 + direction * TOLERATED_MOVE * 5.0))
    assert moved_words(before, near, BTC) is None
    sign = "+" if direction > 0.0 else "\N{MINUS SIGN}"
    price = "1,005.0" if direction > 0.0 else "995.0"
    assert moved_words(before, far, BTC) == (
        f"the price was 1,000.0 and is {price} now ({sign}0.50%)"
    )


def test_a_price_that_became_known_or_unknown_has_moved() -> None:
    known, unknown = preview_at(100.0), preview_at(None)
    assert moved_words(known, unknown, BTC) == "the price was 100.0 and is not known now"
    assert moved_words(unknown, known, BTC) == "the price was not known and is 100.0 now"
    assert moved_words(unknown, unknown, BTC) is None


def test_another_size_is_told() -> None:
    assert moved_words(preview_at(100.0), preview_at(100.0, quantity=1.5), BTC) == (
        "the size was 2.0 and is 1.5 now"
    )


def test_the_trigger_of_a_stop_stands_wherever_the_market_goes() -> None:
    stop = Protect(stop_price=80.0)
    before, after = preview_at(100.0, wish=stop), preview_at(90.0, wish=stop)
    assert moved_words(before, after, BTC) is None
    assert sent_words(before, after, BTC) is None


def test_fewer_orders_are_other_orders() -> None:
    both = preview_at(100.0, wish=Protect(stop_price=80.0, take_profit_price=120.0))
    one = replace(both, plan=replace(both.plan, orders=both.plan.orders[:1]))
    assert moved_words(both, one, BTC) == "other orders are needed now"


def test_the_price_of_sending_is_told_only_where_it_is_another_one() -> None:
    before = preview_at(1_000.0)
    assert sent_words(before, before, BTC) is None
    assert sent_words(before, preview_at(1_000.5), BTC) == (
        "The estimated price when it was sent: 1,000.5, after 1,000.0 that you saw."
    )
