"""Actions in words."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from app.presenters.action_text import (
    NO_FEE,
    action_rows,
    affected_words,
    left_words,
    outcome_cell,
    planned_facts,
    position_words,
    verdict_cell,
)
from app.presenters.cells import Tone
from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import IntentState
from etrms_core.domain.order import OrderStatus
from etrms_core.engine.gate_context import Refusal, RefusedOrder
from etrms_core.engine.position_orders import plan_orders
from etrms_core.engine.position_wishes import (
    AffectedOrder,
    Effect,
    PositionReading,
    Protect,
    Reduce,
    Wish,
)
from etrms_core.services.position_outcomes import (
    NotActing,
    Outcome,
    PositionPreview,
    Refused,
    Rejected,
    Sent,
    Unknown,
)
from tests.builders import NOW, make_fill, make_position, make_stop
from tests.engine.intents import make_intent, make_order

UTC = ZoneInfo("UTC")
KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)
BTC = Instrument("BTCUSDT", tick_size=0.5, lot_size=0.1)


def preview_of(wish: Wish, verdict: RefusedOrder | None = None) -> PositionPreview:
    position = make_position(quantity=2.0, entry_price=90.0)
    reading = PositionReading(key=KEY, position=position, instrument=BTC)
    plan = plan_orders(wish, reading, order_id=lambda letter: f"id-{letter}")
    return PositionPreview(
        nonce="n",
        key=KEY,
        wish=wish,
        position=position,
        plan=plan,
        verdicts=(verdict,),
        measured_at=NOW,
    )


def test_a_preview_says_what_is_sent_with_the_steps_of_the_contract() -> None:
    preview = preview_of(Reduce(fraction=0.5))
    facts = planned_facts(preview.plan.orders[0], BTC, quote_asset="USDT")
    words = {fact.label: fact.cell.text for fact in facts}
    assert words == {
        "Sends": "reduce-only market sell 1.0",
        "Estimated price": "100.0",
        "Notional": "100.00 USDT",
        "Realised P&L, before fees": "+10.00 USDT",
        "Fee": NO_FEE,
    }
    assert left_words(preview, BTC) == "1.0 long"
    assert position_words(KEY, preview.position, BTC) == "BTCUSDT long 2.0 on main, mark 100.0"


def test_a_mark_that_nobody_knows_says_so() -> None:
    text = position_words(KEY, make_position(mark_price=None), BTC)
    assert text == "BTCUSDT long 1.0 on main, mark not known"


def test_closing_all_leaves_nothing() -> None:
    assert left_words(preview_of(Reduce(fraction=1.0)), BTC) == "nothing"


def test_what_is_unknown_says_so() -> None:
    planned = replace(
        preview_of(Reduce(fraction=0.5)).plan.orders[0],
        price=None,
        notional=None,
        realized_pnl=None,
    )
    texts = [fact.cell.text for fact in planned_facts(planned, BTC, quote_asset="USDT")]
    assert texts[1:4] == ["\N{EN DASH}", "not known", "not known"]


def test_a_stop_names_its_level_and_a_trailing_stop_its_distance() -> None:
    wish = Protect(stop_price=95.0, trailing_fraction=0.05)
    stop, trailing = preview_of(wish).plan.orders
    assert planned_facts(stop, BTC, quote_asset="USDT")[0].cell.text == (
        "reduce-only stop sell 2.0 at 95.0"
    )
    assert planned_facts(trailing, BTC, quote_asset="USDT")[0].cell.text == (
        "reduce-only trailing stop sell 2.0 5.00% behind the best mark"
    )


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (Effect.ORPHANED, "has nothing left to close"),
        (Effect.OVERSIZED, "is larger than what stays open"),
        (Effect.DUPLICATE, "waits already for the same units"),
    ],
)
def test_waiting_orders_say_what_becomes_of_them(effect: Effect, words: str) -> None:
    text = affected_words(AffectedOrder(make_stop(2.0), effect), BTC)
    assert text.startswith("The stop sell 2.0 at 50.0 ")
    assert words in text


def test_the_gates_verdict_has_its_code_and_its_sentence() -> None:
    assert verdict_cell(preview_of(Reduce(fraction=0.5))).text == "lets it pass"
    refused = RefusedOrder(Refusal.NOT_REDUCING, "it would flip")
    cell = verdict_cell(preview_of(Reduce(fraction=0.5), refused))
    assert (cell.text, cell.tone) == ("refuses it: it would flip (not reducing)", Tone.BAD)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Sent("sold"), "Done: sold."),
        (Sent("sold", make_order()), "Done: sold."),
        (Sent("put", make_order(status=OrderStatus.NEW)), "Placed, it waits at the venue: put."),
        (Refused("no", "order_rate"), "Not sent, refused (order rate): no."),
        (Refused("no stop_market"), "Not sent, refused: no stop."),
        (Rejected("no", "reduce_only"), "The venue said no (reduce only): no."),
        (Unknown("lost"), "Not known yet: lost. The desk goes on looking; do not send it again."),
        (NotActing("lost"), "Not sent: lost. Act in the process that guards the accounts."),
    ],
)
def test_every_outcome_is_a_sentence(outcome: Outcome, words: str) -> None:
    assert outcome_cell(outcome).text == words


@pytest.mark.parametrize("state", list(IntentState))
def test_every_state_of_an_action_has_a_word(state: IntentState) -> None:
    (row,) = action_rows(
        (make_intent(state=state, detail="x"),), fills={}, quote_assets={}, zone=UTC, now=NOW
    )
    assert row.outcome.text
    assert row.action.text == "reduce-only market sell 1 BTCUSDT on main"
    assert (row.time.text, row.detail.text) == ("12:00:00", "x")


def test_an_action_shows_what_its_fills_brought_in_the_asset_of_its_contract() -> None:
    intent = make_intent(state=IntentState.DONE, detail="x")
    fill = replace(
        make_fill("1", -1.0, realized_pnl=-12.5, fee=0.04),
        client_order_id=intent.intent_id,
    )
    (row,) = action_rows(
        (intent,),
        fills={("main", intent.intent_id): (fill,)},
        quote_assets={("main", "BTCUSDT"): "USDT"},
        zone=UTC,
        now=NOW,
    )
    assert (row.realized_pnl.text, row.fee.text) == ("\N{MINUS SIGN}12.50 USDT", "0.04 USDT")
    assert row.realized_pnl.tone is Tone.BAD
