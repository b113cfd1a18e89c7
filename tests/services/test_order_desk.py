"""Every order leaves by one door, and what leaves it never adds risk by mistake."""

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

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
from etrms_core.domain.events import BreakerEvent, BreakerEventKind, DeskEventKind
from etrms_core.domain.identifiers import (
    PORTFOLIO,
    PositionKey,
    PositionSide,
    Scope,
    ScopeKind,
    strategy_of,
)
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Order, OrderRequest, OrderSide, OrderStatus, OrderType
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.errors import (
    DomainError,
    EtrmsError,
    ExchangeError,
    ExchangeUnavailableError,
    OrderRefusedError,
    OrderRejectedError,
    StorageError,
)
from etrms_core.services.order_desk import (
    OrderDesk,
    live_position,
    refusal_event,
    trigger_nonce,
)
from tests.builders import NOW, make_account, make_position, make_stop
from tests.fakes import ScriptedExchange

ROOT = Path(__file__).parents[2]
BTC = Instrument("BTCUSDT", tick_size=0.5, lot_size=0.1)
KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)
CAUSE = Cause("guard", "Guard", PORTFOLIO, NOW, 0.1, "reduce_position", "drawdown 12 %")
REJECTED = OrderRejectedError("not enough margin", venue="paper", code="insufficient_margin")


def venue_of(*positions: Position, orders: tuple[Order, ...] = ()) -> ScriptedExchange:
    return ScriptedExchange(make_account(*positions, orders=orders), instruments=[BTC])


def desk_of(exchange: ScriptedExchange, *blocks: Restriction) -> OrderDesk:
    return OrderDesk({exchange.account: exchange}, blocks=lambda: blocks, desk_id="test")


def block(state: TradingState, scope: Scope = PORTFOLIO) -> Restriction:
    return Restriction(scope, state, NOW, None, "guard", "the guard fired")


def execute(
    exchange: ScriptedExchange, command: Command, *blocks: Restriction
) -> tuple[BreakerEvent, ...]:
    accounts = {exchange.account: exchange.state}
    return desk_of(exchange, *blocks).execute(command, accounts, now=NOW)


def reduce(quantity: float, *causes: Cause) -> ReducePosition:
    return ReducePosition(KEY, quantity, causes or (CAUSE,))


def entry(symbol: str = "BTCUSDT", **changes: object) -> OrderRequest:
    request = OrderRequest(
        client_order_id="et-test-manual-1",
        account="main",
        symbol=symbol,
        side=OrderSide.BUY,
        order_type=OrderType.MARKET,
        quantity=1.0,
    )
    return replace(request, **changes)


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
    exchange = venue_of(replace(make_position(quantity=held), side=leg))
    key = KEY._replace(side=leg)
    (event,) = execute(exchange, kind(key, 1.0, (CAUSE,)))
    (sent,) = exchange.requests
    assert (sent.side, sent.quantity, sent.position_side) == (side, 1.0, leg)
    assert (sent.order_type, sent.reduce_only) == (OrderType.MARKET, True)
    assert strategy_of(sent.client_order_id) == "breaker"
    assert event.kind is BreakerEventKind.ACTED
    assert f"reduce-only market {side.value} 1 BTCUSDT on main" in event.detail


@pytest.mark.parametrize(
    ("wanted", "sent"), [(1.0, 1.0), (1.29, 1.2), (0.3, 0.3), (2.0, 2.0), (7.5, 2.0), (0.1, 0.1)]
)
def test_a_quantity_is_floored_to_the_lot_and_never_beyond_the_position(
    wanted: float, sent: float
) -> None:
    exchange = venue_of(make_position(quantity=-2.0))
    execute(exchange, reduce(wanted))
    assert exchange.requests[0].quantity == pytest.approx(sent, abs=1e-12)


@given(
    lots=st.integers(-(10**7), 10**7).filter(lambda number: number != 0),
    wanted=st.floats(1e-3, 1e7),
)
def test_a_reduce_only_order_never_flips_a_position(lots: int, wanted: float) -> None:
    held = lots / 10
    exchange = venue_of(make_position(quantity=held))
    execute(exchange, reduce(wanted))
    for sent in exchange.requests:
        assert sent.reduce_only
        assert abs(held + sent.signed_quantity) <= abs(held)
        assert (held + sent.signed_quantity) * held >= 0.0


def test_less_than_a_lot_is_said_and_not_sent() -> None:
    exchange = venue_of(make_position(quantity=2.0))
    (event,) = execute(exchange, reduce(0.05))
    assert exchange.requests == []
    assert event.kind is BreakerEventKind.ERROR
    assert event.detail == "0.05 BTCUSDT is less than one lot of 0.1"


def test_a_position_that_is_already_flat_is_an_error_event() -> None:
    exchange = venue_of()
    (event,) = execute(exchange, reduce(1.0))
    assert (event.kind, event.detail) == (
        BreakerEventKind.ERROR,
        "main:BTCUSDT:net is already flat",
    )
    assert exchange.requests == []


@pytest.mark.parametrize(
    "error",
    [
        REJECTED,
        ExchangeUnavailableError("no answer", venue="paper"),
        ExchangeError("broken", venue="paper"),
        DomainError("nonsense"),
        StorageError("paper.db is locked"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        reduce(1.0),
        ClosePosition(KEY, 2.0, (CAUSE,)),
        PlaceGuardStop(KEY, 2.0, 90.0, (CAUSE,)),
        SetLeverage("main", "BTCUSDT", 3.0, (CAUSE,)),
    ],
)
def test_what_a_venue_refuses_is_an_event_and_never_an_exception(
    command: Command, error: EtrmsError
) -> None:
    exchange = venue_of(make_position(quantity=2.0))
    exchange.refusal = error
    (event,) = execute(exchange, command)
    assert (event.kind, event.detail) == (BreakerEventKind.ERROR, str(error))
    assert (event.rule_id, event.scope, event.occurred_at) == ("guard", PORTFOLIO, NOW)


@pytest.mark.parametrize(
    "command",
    [
        ReducePosition(KEY._replace(account="other"), 1.0, (CAUSE,)),
        CancelOrders("other", None, (CAUSE,)),
        SetLeverage("other", "BTCUSDT", 2.0, (CAUSE,)),
        PlaceGuardStop(KEY._replace(account="other"), 1.0, 90.0, (CAUSE,)),
    ],
)
def test_an_account_that_is_gone_is_an_error_event(command: Command) -> None:
    (event,) = execute(venue_of(make_position()), command)
    assert event.kind is BreakerEventKind.ERROR
    assert "other" in event.detail


@pytest.mark.parametrize("command", [reduce(1.0), PlaceGuardStop(KEY, 1.0, 90.0, (CAUSE,))])
def test_a_contract_that_the_venue_no_longer_lists_is_an_error_event(command: Command) -> None:
    exchange = ScriptedExchange(make_account(make_position()), instruments=[Instrument("ETH")])
    (event,) = execute(exchange, command)
    assert event.kind is BreakerEventKind.ERROR
    assert "BTCUSDT" in event.detail


def test_every_cause_of_a_command_gets_its_event() -> None:
    other = replace(CAUSE, rule_id="second", rule_name="Second")
    events = execute(venue_of(make_position(quantity=2.0)), reduce(1.0, CAUSE, other))
    assert [(event.rule_id, event.breaker) for event in events] == [
        ("guard", "Guard"),
        ("second", "Second"),
    ]


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.HALTED])
def test_a_restriction_refuses_entries_and_lets_reduce_only_pass(state: TradingState) -> None:
    exchange = venue_of(make_position(quantity=2.0))
    desk = desk_of(exchange, block(state))
    with pytest.raises(OrderRefusedError, match="the guard fired"):
        desk.submit(entry())
    assert exchange.requests == []
    desk.submit(entry(side=OrderSide.SELL, reduce_only=True))
    assert len(exchange.requests) == 1
    execute(exchange, reduce(1.0), block(state))
    assert len(exchange.requests) == 2


@pytest.mark.parametrize(
    ("scope", "is_refused"),
    [
        (PORTFOLIO, True),
        (Scope(ScopeKind.EXCHANGE, "paper"), True),
        (Scope(ScopeKind.EXCHANGE, "other"), False),
        (Scope(ScopeKind.SYMBOL, "BTCUSDT"), True),
        (Scope(ScopeKind.SYMBOL, "ETHUSDT"), False),
        (Scope(ScopeKind.STRATEGY, "manual"), True),
        (Scope(ScopeKind.STRATEGY, "bot"), False),
    ],
)
def test_a_restriction_counts_in_its_scope(scope: Scope, is_refused: bool) -> None:
    exchange = venue_of()
    desk = desk_of(exchange, block(TradingState.REDUCING, scope))
    if is_refused:
        with pytest.raises(OrderRefusedError):
            desk.submit(entry())
    else:
        desk.submit(entry())
    assert len(exchange.requests) == (0 if is_refused else 1)


def test_restrictions_are_asked_anew_for_every_order() -> None:
    exchange, blocks = venue_of(), [block(TradingState.HALTED)]
    desk = OrderDesk({"main": exchange}, blocks=lambda: blocks, desk_id="test")
    with pytest.raises(OrderRefusedError):
        desk.submit(entry())
    blocks.clear()
    desk.submit(entry())


def test_a_person_hears_what_the_venue_says() -> None:
    exchange = venue_of()
    exchange.refusal = REJECTED
    with pytest.raises(OrderRejectedError, match="not enough margin"):
        desk_of(exchange).submit(entry())
    with pytest.raises(DomainError, match="no account 'else', only"):
        desk_of(exchange).submit(entry(account="else"))


def test_the_same_trigger_and_position_give_the_same_client_id() -> None:
    ids = []
    for _ in range(2):
        exchange = venue_of(make_position(quantity=2.0))
        execute(exchange, reduce(1.0))
        ids.append(exchange.requests[0].client_order_id)
    assert ids[0] == ids[1]


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
def test_another_trigger_or_position_gives_another_client_id(
    cause: Cause, key: PositionKey
) -> None:
    assert trigger_nonce(cause, key) != trigger_nonce(CAUSE, KEY)


def test_a_client_id_names_desk_and_strategy() -> None:
    made = desk_of(venue_of()).order_id(strategy="bot", nonce="7")
    assert made == "et-test-bot-7"
    with pytest.raises(DomainError):
        desk_of(venue_of()).order_id(strategy="Bot!", nonce="7")


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
    ("symbol", "cancelled"), [(None, ["entry", "else"]), ("BTCUSDT", ["entry"]), ("XRP", [])]
)
def test_cancelling_entries_keeps_reduce_only_stops(
    symbol: str | None, cancelled: list[str]
) -> None:
    exchange = venue_of(make_position(), orders=ORDERS)
    (event,) = execute(exchange, CancelOrders("main", symbol, (CAUSE,)))
    assert exchange.cancelled == cancelled
    assert event.detail == f"{len(cancelled)} entry orders of main cancelled"


def test_an_order_that_ended_in_the_meantime_is_no_error() -> None:
    exchange = venue_of(orders=ORDERS)
    exchange.refusal = OrderRejectedError("unknown", venue="paper", code="unknown_order")
    (event,) = execute(exchange, CancelOrders("main", None, (CAUSE,)))
    assert (event.kind, event.detail) == (
        BreakerEventKind.ACTED,
        "0 entry orders of main cancelled",
    )


def test_a_venue_that_does_not_answer_a_cancellation_is_an_error() -> None:
    exchange = venue_of(orders=ORDERS)
    exchange.refusal = ExchangeUnavailableError("no answer", venue="paper")
    (event,) = execute(exchange, CancelOrders("main", None, (CAUSE,)))
    assert event.kind is BreakerEventKind.ERROR


@pytest.mark.parametrize(
    ("held", "side", "asked", "sent"),
    [(2.0, OrderSide.SELL, 90.26, 90.5), (-2.0, OrderSide.BUY, 110.24, 110.0)],
)
def test_a_guard_stop_is_a_reduce_only_stop_on_the_tick(
    held: float, side: OrderSide, asked: float, sent: float
) -> None:
    exchange = venue_of(make_position(quantity=held))
    (event,) = execute(exchange, PlaceGuardStop(KEY, 1.57, asked, (CAUSE,)))
    (order,) = exchange.requests
    assert (order.order_type, order.side) == (OrderType.STOP_MARKET, side)
    assert order.quantity == pytest.approx(1.5, abs=1e-12)
    assert order.trigger_price == pytest.approx(sent, abs=1e-12)
    assert order.reduce_only
    assert event.detail.endswith(f"at {sent:g}")


def test_a_guard_stop_covers_no_more_than_the_live_position() -> None:
    exchange = venue_of(make_position(quantity=2.0))
    execute(exchange, PlaceGuardStop(KEY, 5.0, 90.0, (CAUSE,)))
    assert exchange.requests[0].quantity == 2.0


def test_a_guard_stop_passes_while_trading_is_halted() -> None:
    exchange = venue_of(make_position(quantity=2.0))
    execute(exchange, PlaceGuardStop(KEY, 2.0, 90.0, (CAUSE,)), block(TradingState.HALTED))
    assert len(exchange.requests) == 1


def test_leverage_is_set_and_told() -> None:
    exchange = venue_of(make_position())
    (event,) = execute(exchange, SetLeverage("main", "BTCUSDT", 3.0, (CAUSE,)))
    assert exchange.leverages == {"BTCUSDT": 3.0}
    assert event.detail == "leverage of main:BTCUSDT set to 3"


def test_the_live_position_is_that_of_its_leg() -> None:
    long_leg = replace(make_position(quantity=2.0), side=PositionSide.LONG)
    short_leg = replace(make_position(quantity=-3.0), side=PositionSide.SHORT)
    accounts: dict[str, AccountState] = {"main": make_account(long_leg, short_leg)}
    assert live_position(accounts, KEY._replace(side=PositionSide.SHORT)) == short_leg
    with pytest.raises(DomainError, match="already flat"):
        live_position(accounts, KEY)


def test_a_refusal_tells_what_was_not_sent_and_why() -> None:
    event = refusal_event(entry(), "trading is paused", NOW)
    assert (event.kind, event.subject, event.detail) == (
        DeskEventKind.ORDER_REFUSED,
        "main",
        "buy 1 BTCUSDT: trading is paused",
    )


def test_orders_leave_the_program_at_one_place() -> None:
    callers: dict[str, int] = {}
    for package in ("app", "etrms_core", "pages"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and node.attr == "create_order":
                    name = path.relative_to(ROOT).as_posix()
                    callers[name] = callers.get(name, 0) + 1
    outside = {name: n for name, n in callers.items() if "/adapters/" not in name}
    # Warming up trades on an account of its own, which lives no longer than the call.
    outside.pop("etrms_core/bootstrap/warm_up.py", None)
    assert outside == {"etrms_core/services/order_desk.py": 1}
