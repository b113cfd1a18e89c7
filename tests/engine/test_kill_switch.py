"""The kill switch: halt, cancel entries, flatten, then and only then the stops."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.breakers.breaker_book import BreakerBook
from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.events import DeskEventKind
from etrms_core.domain.identifiers import PORTFOLIO, PositionSide, strategy_of
from etrms_core.domain.intents import CancelById, Intent, IntentState, Origin, SubmitOrder
from etrms_core.domain.order import Order, OrderSide
from etrms_core.engine.intent_planning import entry_ids
from etrms_core.engine.kill_switch import (
    SOURCE,
    disengage,
    engage,
    finish,
    is_complete,
    kill_intents,
)
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.engine.settlement import after_rejection, mark_sent
from etrms_core.kernels.arrays import records
from etrms_core.kernels.breaker_state import ARMED, COOLING_DOWN, LATCHED, MEMORY
from tests.builders import NOW, make_account, make_position, make_stop
from tests.engine.intents import make_intent, make_request
from tests.engine.test_intent_planning import CAUSE

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
LATER = NOW + timedelta(seconds=1)


def halted(*, flatten: bool) -> CycleMemory:
    return engage(CycleMemory(), reason="enough", flatten=flatten, now=NOW)[0]


def seen(*positions: Position, orders: tuple[Order, ...] = (), at: float = 1.0) -> AccountState:
    account = make_account(*positions, orders=orders)
    return replace(account, observed_at=NOW + timedelta(seconds=at))


def named(name: str, *, reduce_only: bool) -> Order:
    stop = make_stop(1.0, reduce_only=reduce_only)
    return replace(stop, request=replace(stop.request, client_order_id=name))


ENTRY, STOP = named("entry", reduce_only=False), named("stop", reduce_only=True)


def plan(
    memory: CycleMemory, *accounts: AccountState, open_: tuple[Intent, ...] = ()
) -> tuple[Intent, ...]:
    return kill_intents(memory, accounts, open_, desk_id="test", now=LATER)


def test_it_halts_everything_until_a_person_resumes() -> None:
    memory, event = engage(CycleMemory(), reason="enough", flatten=False, now=NOW)
    assert event.kind is DeskEventKind.TRADING_HALTED
    (halt,) = memory.blocks
    assert memory.restrictions == (halt,)
    assert (halt.scope, halt.state, halt.until) == (PORTFOLIO, TradingState.HALTED, None)
    assert "enough" in halt.reason
    resumed, told = disengage(memory, who="Ada", now=LATER)
    assert (resumed.blocks, resumed.restrictions, resumed.kill_switch) == ((), (), None)
    assert (told.kind, told.detail) == (DeskEventKind.TRADING_RESUMED, "Ada resumed trading")


def test_resuming_lifts_nothing_that_a_breaker_set() -> None:
    pause = Restriction(PORTFOLIO, TradingState.REDUCING, NOW, LATER, "rule", "loss")
    before = CycleMemory(restrictions=(pause,), blocks=(pause,))
    memory, _ = engage(before, reason="", flatten=False, now=NOW)
    assert disengage(memory, who="Ada", now=LATER)[0].restrictions == (pause,)


def test_entries_are_cancelled_and_stops_stay() -> None:
    (intent,) = plan(halted(flatten=False), seen(make_position(), orders=(ENTRY, STOP)))
    assert intent.action == CancelById("main", ("entry",))
    assert (intent.origin, intent.is_protective) == (Origin.KILL_SWITCH, True)


@pytest.mark.parametrize(
    ("held", "side", "leg"),
    [
        (2.0, OrderSide.SELL, PositionSide.NET),
        (-2.0, OrderSide.BUY, PositionSide.NET),
        (2.0, OrderSide.SELL, PositionSide.LONG),
        (-2.0, OrderSide.BUY, PositionSide.SHORT),
    ],
)
def test_flattening_closes_every_leg_whole_and_keeps_stops_meanwhile(
    held: float, side: OrderSide, leg: PositionSide
) -> None:
    position = replace(make_position(quantity=held), side=leg)
    (intent,) = plan(halted(flatten=True), seen(position, orders=(STOP,)))
    assert isinstance(intent.action, SubmitOrder)
    request = intent.action.request
    assert (request.side, request.quantity, request.reduce_only) == (side, 2.0, True)
    assert (request.position_side, strategy_of(request.client_order_id)) == (leg, "kill")


def test_stops_go_only_when_a_later_reading_shows_the_account_flat() -> None:
    memory = halted(flatten=True)
    assert plan(memory, seen(orders=(STOP,), at=0.0)) == ()
    (intent,) = plan(memory, seen(orders=(STOP,)))
    assert intent.action == CancelById("main", ("stop",))


def test_what_is_on_its_way_is_not_sent_twice() -> None:
    memory, account = halted(flatten=True), seen(make_position(), orders=(ENTRY, STOP))
    first = plan(memory, account)
    assert {type(intent.action) for intent in first} == {CancelById, SubmitOrder}
    sent = tuple(replace(intent, state=IntentState.SENT) for intent in first)
    assert plan(memory, account, open_=sent) == ()
    flat = seen(orders=(STOP,))
    assert plan(memory, flat, open_=sent) == ()  # the close may still be under way


def test_what_is_left_after_a_partial_fill_is_closed_under_a_new_id() -> None:
    memory = halted(flatten=True)
    ids = {
        intent.intent_id
        for second in (1, 2)
        for intent in kill_intents(
            memory,
            [seen(make_position())],
            (),
            desk_id="test",
            now=NOW + timedelta(seconds=second),
        )
    }
    assert len(ids) == 2


def test_it_is_complete_when_every_account_was_read_since_and_shows_so() -> None:
    halt, flat = halted(flatten=False), halted(flatten=True)
    assert is_complete(halt, [seen(make_position(), orders=(STOP,))], ())
    assert not is_complete(halt, [seen(orders=(ENTRY,))], ())
    assert not is_complete(flat, [seen(make_position())], ())
    assert not is_complete(flat, [seen(orders=(STOP,))], ())
    assert not is_complete(flat, [seen(at=0.0)], ())
    assert not is_complete(flat, [seen(), replace(seen(), account="b", observed_at=None)], ())
    assert is_complete(flat, [seen()], ())
    ours = plan(flat, seen(make_position()))
    assert not is_complete(flat, [seen()], ours)


def test_completion_is_told_once_and_the_halt_goes_on() -> None:
    memory, (event,) = finish(halted(flatten=True), now=LATER)
    assert event.kind is DeskEventKind.FLATTENED
    assert memory.kill_switch is not None
    assert memory.kill_switch.is_done
    assert memory.blocks[0].state is TradingState.HALTED
    assert finish(memory, now=LATER) == (memory, ())
    assert plan(memory, seen(make_position(), orders=(ENTRY,))) == ()
    assert not is_complete(memory, [seen()], ())


def test_a_second_call_can_only_add_flattening() -> None:
    memory = finish(halted(flatten=False), now=LATER)[0]
    flattening, _ = engage(memory, reason="now", flatten=True, now=LATER)
    assert flattening.kill_switch is not None
    assert (flattening.kill_switch.flatten, flattening.kill_switch.is_done) == (True, False)
    again, _ = engage(flattening, reason="", flatten=False, now=LATER)
    assert again.kill_switch is not None
    assert (again.kill_switch.flatten, again.kill_switch.since) == (True, NOW)
    assert again.kill_switch.reason == "now"
    assert [each.source for each in again.blocks] == [SOURCE]


def test_without_a_kill_switch_nothing_is_planned() -> None:
    assert plan(CycleMemory(), seen(make_position(), orders=(ENTRY,))) == ()
    assert not is_complete(CycleMemory(), [seen()], ())


def refused(intent: Intent) -> Intent:
    sent = mark_sent(intent, now=LATER)
    return after_rejection(sent, code="no_market", reason="closed")


def test_a_refused_close_goes_on_while_the_switch_is_on_and_ends_with_it() -> None:
    memory, account = halted(flatten=True), seen(make_position())
    waiting = tuple(refused(intent) for intent in plan(memory, account))
    assert plan(memory, account, open_=waiting) == ()
    resumed, _ = disengage(memory, who="Ada", now=LATER)
    (ended,) = plan(resumed, account, open_=waiting)
    assert (ended.state, ended.intent_id) == (IntentState.ABANDONED, waiting[0].intent_id)
    unknown = mark_sent(plan(memory, account)[0], now=LATER)
    assert plan(resumed, account, open_=(unknown,)) == ()


def test_closing_everything_takes_the_place_of_what_a_breaker_was_refused() -> None:
    waiting = refused(make_intent(make_request(symbol="BTCUSDT", quantity=0.5)))
    ended, close = plan(halted(flatten=True), seen(make_position()), open_=(waiting,))
    assert (ended.state, ended.intent_id) == (IntentState.ABANDONED, waiting.intent_id)
    assert isinstance(close.action, SubmitOrder)
    assert close.action.request.quantity == abs(make_position().quantity)


@pytest.mark.parametrize(("state", "count"), [(ARMED, 1), (COOLING_DOWN, 0), (LATCHED, 0)])
def test_what_a_breaker_was_refused_ends_when_it_is_armed_again(state: int, count: int) -> None:
    waiting = refused(make_intent(causes=(CAUSE,)))
    columns = {name: [0] for name in MEMORY.names or ()}
    book = BreakerBook((("guard", PORTFOLIO),), records(MEMORY, **{**columns, "state": [state]}))
    assert len(plan(CycleMemory(breakers=book), seen(), open_=(waiting,))) == count
    assert len(plan(CycleMemory(), seen(), open_=(waiting,))) == 1  # its rule is gone


@pytest.mark.parametrize(("leg", "side"), [(LONG, OrderSide.SELL), (SHORT, OrderSide.BUY)])
def test_in_hedge_mode_a_stop_is_one_without_its_flag(leg: PositionSide, side: OrderSide) -> None:
    def with_side(order: Order, way: OrderSide) -> Order:
        return replace(order, request=replace(order.request, side=way, position_side=leg))

    opening = OrderSide.BUY if side is OrderSide.SELL else OrderSide.SELL
    stop = with_side(named("stop", reduce_only=False), side)
    entry = with_side(named("entry", reduce_only=False), opening)
    (intent,) = plan(halted(flatten=False), seen(make_position(), orders=(stop, entry)))
    assert intent.action == CancelById("main", ("entry",))
    assert is_complete(halted(flatten=False), [seen(make_position(), orders=(stop,))], ())
    assert entry_ids(seen(orders=(stop, entry)), None) == ("entry",)
    request = make_request(side=side, position_side=leg, reduce_only=False)
    held = replace(make_position(quantity=-side.sign), side=leg)
    under_way = mark_sent(make_intent(request), now=LATER)
    assert plan(halted(flatten=True), seen(held), open_=(under_way,)) == ()
