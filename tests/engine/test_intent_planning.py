"""Which order a command becomes, with which id, and how much of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.commands import (
    CancelOrders,
    Cause,
    ClosePosition,
    Command,
    PlaceGuardStop,
    ReducePosition,
    SetLeverage,
)
from etrms_core.domain.events import BreakerEvent, BreakerEventKind
from etrms_core.domain.identifiers import (
    PORTFOLIO,
    PositionKey,
    PositionSide,
    Scope,
    ScopeKind,
    strategy_of,
)
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.intents import CancelById, ChangeLeverage, Intent, SubmitOrder
from etrms_core.domain.order import Order, OrderRequest, OrderSide, OrderStatus, OrderType
from etrms_core.engine.intent_planning import Desk, live_position, plan_intents, trigger_nonce
from etrms_core.errors import DomainError
from tests.builders import NOW, make_account, make_position, make_stop

BTC = Instrument("BTCUSDT", tick_size=0.5, lot_size=0.1)
KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)
CAUSE = Cause("guard", "Guard", PORTFOLIO, NOW, 0.1, "reduce_position", "drawdown 12 %")


def planned(
    command: Command, account: AccountState, *, instruments: tuple[Instrument, ...] = (BTC,)
) -> tuple[tuple[Intent, ...], tuple[BreakerEvent, ...]]:
    known = {"main": {each.symbol: each for each in instruments}}
    return plan_intents([command], Desk("test", {"main": account}, known), now=NOW)


def request_of(command: Command, *positions: Position) -> OrderRequest:
    (intent,), events = planned(command, make_account(*positions))
    assert events == ()
    assert isinstance(intent.action, SubmitOrder)
    assert intent.intent_id == intent.action.request.client_order_id
    assert (intent.decided_at, intent.causes, intent.is_protective) == (NOW, command.causes, True)
    return intent.action.request


def reduce(quantity: float, *causes: Cause) -> ReducePosition:
    return ReducePosition(KEY, quantity, causes or (CAUSE,))


@pytest.mark.parametrize(
    ("held", "side", "leg"),
    [
        (2.0, OrderSide.SELL, PositionSide.NET),
        (-2.0, OrderSide.BUY, PositionSide.NET),
        (2.0, OrderSide.SELL, PositionSide.LONG),
        (-2.0, OrderSide.BUY, PositionSide.SHORT),
    ],
)
@pytest.mark.parametrize("kind", [ReducePosition, ClosePosition])
def test_a_reduction_is_a_reduce_only_market_order_against_its_leg(
    held: float, side: OrderSide, leg: PositionSide, kind: type[ReducePosition | ClosePosition]
) -> None:
    key = KEY._replace(side=leg)
    sent = request_of(kind(key, 1.0, (CAUSE,)), replace(make_position(quantity=held), side=leg))
    assert (sent.side, sent.quantity, sent.position_side) == (side, 1.0, leg)
    assert (sent.order_type, sent.reduce_only) == (OrderType.MARKET, True)
    assert strategy_of(sent.client_order_id) == "breaker"


@pytest.mark.parametrize(
    ("wanted", "sent"), [(1.0, 1.0), (1.29, 1.2), (0.3, 0.3), (2.0, 2.0), (7.5, 2.0), (0.1, 0.1)]
)
def test_a_quantity_is_floored_to_the_lot_and_never_beyond_the_position(
    wanted: float, sent: float
) -> None:
    request = request_of(reduce(wanted), make_position(quantity=-2.0))
    assert request.quantity == pytest.approx(sent, abs=1e-12)


@given(
    lots=st.integers(-(10**7), 10**7).filter(lambda number: number != 0),
    wanted=st.floats(1e-3, 1e7),
)
def test_a_reduce_only_order_never_flips_a_position(lots: int, wanted: float) -> None:
    held = lots / 10
    intents, _ = planned(reduce(wanted), make_account(make_position(quantity=held)))
    for intent in intents:
        assert isinstance(intent.action, SubmitOrder)
        sent = intent.action.request
        assert sent.reduce_only
        assert abs(held + sent.signed_quantity) <= abs(held)
        assert (held + sent.signed_quantity) * held >= 0.0


@pytest.mark.parametrize(
    ("command", "account", "sentence"),
    [
        (reduce(0.05), make_account(make_position(quantity=2.0)), "0.05 BTCUSDT is less than one "),
        (reduce(1.0), make_account(), "main:BTCUSDT:net is already flat"),
        (
            ReducePosition(KEY._replace(account="other"), 1.0, (CAUSE,)),
            make_account(),
            "no account 'other', only ['main']",
        ),
        (PlaceGuardStop(KEY, 1.0, 90.0, (CAUSE,)), make_account(), "already flat"),
        (CancelOrders("other", None, (CAUSE,)), make_account(), "no account 'other'"),
    ],
)
def test_what_cannot_be_done_is_an_error_event_of_every_cause(
    command: Command, account: AccountState, sentence: str
) -> None:
    second = replace(CAUSE, rule_id="second")
    intents, events = planned(replace(command, causes=(CAUSE, second)), account)
    assert intents == ()
    assert [event.rule_id for event in events] == ["guard", "second"]
    assert {event.kind for event in events} == {BreakerEventKind.ERROR}
    assert all(sentence in event.detail for event in events)


def test_an_unknown_contract_is_closed_whole_and_rounds_nothing() -> None:
    account = make_account(make_position(quantity=1.2345))
    (intent,), events = planned(ClosePosition(KEY, 1.2345, (CAUSE,)), account, instruments=())
    assert isinstance(intent.action, SubmitOrder)
    assert (intent.action.request.quantity, events) == (1.2345, ())


def test_the_same_trigger_and_position_give_the_same_id() -> None:
    first, second = (request_of(reduce(1.0), make_position(quantity=2.0)) for _ in range(2))
    assert first.client_order_id == second.client_order_id


@pytest.mark.parametrize(
    ("cause", "key"),
    [
        (replace(CAUSE, rule_id="other"), KEY),
        (replace(CAUSE, scope=Scope(ScopeKind.SYMBOL, "BTCUSDT")), KEY),
        (replace(CAUSE, triggered_at=NOW + timedelta(microseconds=1)), KEY),
        (replace(CAUSE, action="close_position"), KEY),
        (CAUSE, KEY._replace(account="b")),
        (CAUSE, KEY._replace(symbol="ETHUSDT")),
        (CAUSE, KEY._replace(side=PositionSide.LONG)),
    ],
)
def test_another_trigger_or_position_gives_another_id(cause: Cause, key: PositionKey) -> None:
    assert trigger_nonce(cause, key) != trigger_nonce(CAUSE, KEY)


def resting(name: str, symbol: str, *, reduce_only: bool, is_open: bool = True) -> Order:
    request = replace(
        make_stop(1.0, reduce_only=reduce_only).request, client_order_id=name, symbol=symbol
    )
    status = OrderStatus.NEW if is_open else OrderStatus.FILLED
    return Order(order_id=name, request=request, status=status, created_at=NOW)


ORDERS = (
    resting("entry", "BTCUSDT", reduce_only=False),
    resting("stop", "BTCUSDT", reduce_only=True),
    resting("filled", "BTCUSDT", reduce_only=False, is_open=False),
    resting("else", "ETHUSDT", reduce_only=False),
)


@pytest.mark.parametrize(
    ("symbol", "cancelled"), [(None, ("entry", "else")), ("BTCUSDT", ("entry",))]
)
def test_cancelling_entries_names_them_and_keeps_reduce_only_stops(
    symbol: str | None, cancelled: tuple[str, ...]
) -> None:
    command = CancelOrders("main", symbol, (CAUSE,))
    (intent,), _ = planned(command, make_account(orders=ORDERS))
    assert intent.action == CancelById("main", cancelled)


def test_nothing_to_cancel_is_said() -> None:
    intents, (event,) = planned(CancelOrders("main", "XRP", (CAUSE,)), make_account(orders=ORDERS))
    assert intents == ()
    assert (event.kind, event.detail) == (BreakerEventKind.ACTED, "no entry order is open")


@pytest.mark.parametrize(
    ("held", "side", "asked", "level"),
    [(2.0, OrderSide.SELL, 90.26, 90.5), (-2.0, OrderSide.BUY, 110.24, 110.0)],
)
def test_a_guard_stop_is_a_reduce_only_stop_on_the_tick(
    held: float, side: OrderSide, asked: float, level: float
) -> None:
    command = PlaceGuardStop(KEY, 1.57, asked, (CAUSE,))
    order = request_of(command, make_position(quantity=held))
    assert (order.order_type, order.side, order.reduce_only) == (OrderType.STOP_MARKET, side, True)
    assert order.quantity == pytest.approx(1.5, abs=1e-12)
    assert order.trigger_price == pytest.approx(level, abs=1e-12)


def test_a_guard_stop_covers_no_more_than_the_live_position() -> None:
    command = PlaceGuardStop(KEY, 5.0, 90.0, (CAUSE,))
    assert request_of(command, make_position(quantity=2.0)).quantity == 2.0


def test_leverage_is_changed_as_wanted() -> None:
    (intent,), _ = planned(SetLeverage("main", "BTCUSDT", 3.0, (CAUSE,)), make_account())
    assert intent.action == ChangeLeverage("main", "BTCUSDT", 3.0)
    assert intent.is_protective


def test_the_live_position_is_that_of_its_leg() -> None:
    long_leg = replace(make_position(quantity=2.0), side=PositionSide.LONG)
    short_leg = replace(make_position(quantity=-3.0), side=PositionSide.SHORT)
    accounts = {"main": make_account(long_leg, short_leg)}
    assert live_position(accounts, KEY._replace(side=PositionSide.SHORT)) == short_leg
    with pytest.raises(DomainError, match="already flat"):
        live_position(accounts, KEY)
