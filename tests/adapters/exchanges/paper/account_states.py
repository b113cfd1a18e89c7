"""Paper accounts in every state, for tests of what keeps them."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.state import (
    PaperPosition,
    PaperState,
    RestingOrder,
    SymbolLedger,
)
from etrms_core.domain.account import Flow, FlowKind, FundingPayment, MarginMode
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.order import Fill, Order, OrderRequest, OrderSide, OrderStatus, OrderType

SYMBOLS = st.sampled_from(["BTCUSDT", "ETHUSDT", "1000PEPEUSDT", "Ü/USDT:USDT"])
NUMBERS = st.floats(-1e12, 1e12)
POSITIVE = st.floats(1e-9, 1e12)
MOMENTS = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
SIDES = st.sampled_from(PositionSide)
MODES = st.sampled_from(MarginMode)
PRICE_FIELDS = {
    OrderType.MARKET: (),
    OrderType.LIMIT: ("price",),
    OrderType.STOP_MARKET: ("trigger_price",),
    OrderType.TAKE_PROFIT_MARKET: ("trigger_price",),
    OrderType.TRAILING_STOP_MARKET: ("callback_fraction",),
}


@st.composite
def requests(draw: st.DrawFn, client_order_id: str) -> OrderRequest:
    order_type = draw(st.sampled_from(OrderType))
    prices = {
        name: draw(st.floats(0.001, 0.5) if name == "callback_fraction" else POSITIVE)
        for name in PRICE_FIELDS[order_type]
    }
    return OrderRequest(
        client_order_id=client_order_id,
        account="paper",
        symbol=draw(SYMBOLS),
        side=draw(st.sampled_from(OrderSide)),
        order_type=order_type,
        quantity=draw(POSITIVE),
        price=prices.get("price"),
        trigger_price=prices.get("trigger_price"),
        callback_fraction=prices.get("callback_fraction"),
        reduce_only=draw(st.booleans()),
        post_only=order_type is OrderType.LIMIT and draw(st.booleans()),
        position_side=draw(SIDES),
    )


@st.composite
def orders(draw: st.DrawFn, number: int, *, is_open: bool) -> Order:
    resting = [OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED]
    ended = [OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED]
    return Order(
        order_id=f"o{number}",
        request=draw(requests(f"et-desk-manual-{number}")),
        status=draw(st.sampled_from(resting if is_open else ended)),
        created_at=draw(MOMENTS),
        filled_quantity=draw(POSITIVE),
        average_price=draw(st.none() | POSITIVE),
    )


@st.composite
def fills(draw: st.DrawFn, number: int) -> Fill:
    return Fill(
        fill_id=f"f{number}",
        client_order_id=f"et-desk-manual-{number}",
        symbol=draw(SYMBOLS),
        position_side=draw(SIDES),
        quantity=draw(NUMBERS),
        price=draw(POSITIVE),
        fee=draw(POSITIVE),
        realized_pnl=draw(NUMBERS),
        filled_at=draw(MOMENTS),
        reason=draw(st.sampled_from(["order", "liquidation", "stop_loss"])),
        is_maker=draw(st.booleans()),
    )


@st.composite
def flows(draw: st.DrawFn, number: int) -> Flow:
    kind = draw(st.sampled_from(FlowKind))
    return Flow(f"m{number}", draw(MOMENTS), kind, "USDT", draw(NUMBERS))


@st.composite
def positions(draw: st.DrawFn) -> PaperPosition:
    return PaperPosition(
        symbol=draw(SYMBOLS),
        side=draw(SIDES),
        quantity=draw(NUMBERS),
        entry_price=draw(POSITIVE),
        margin_mode=draw(MODES),
        leverage=draw(POSITIVE),
        opened_at=draw(MOMENTS),
        isolated_margin=draw(NUMBERS),
    )


@st.composite
def paces(draw: st.DrawFn) -> MarketPace:
    return MarketPace(draw(MOMENTS), draw(MOMENTS), draw(st.floats(0.5, 1e5)))


@st.composite
def paper_states(draw: st.DrawFn) -> PaperState:
    """Build an account whose last commit ended some orders and made some fills and flows."""
    resting = [draw(orders(number, is_open=True)) for number in range(draw(st.integers(0, 3)))]
    ended = [
        draw(orders(number, is_open=False)) for number in range(10, 10 + draw(st.integers(0, 3)))
    ]
    recent_fills = [draw(fills(number)) for number in range(draw(st.integers(0, 3)))]
    recent_flows = [draw(flows(number)) for number in range(draw(st.integers(0, 2)))]
    held = draw(st.lists(positions(), max_size=4))
    ledgers = st.builds(SymbolLedger, NUMBERS, POSITIVE, NUMBERS)
    return PaperState(
        wallet=draw(NUMBERS),
        hedge_mode=draw(st.booleans()),
        last_seen_at=draw(st.none() | MOMENTS),
        sequence=draw(st.integers(0, 10**12)),
        positions={(position.symbol, position.side): position for position in held},
        orders={
            order.request.client_order_id: RestingOrder(order, draw(st.none() | POSITIVE))
            for order in resting
        },
        used_ids={order.request.client_order_id: order for order in (*resting, *ended)},
        leverage=draw(st.dictionaries(SYMBOLS, POSITIVE)),
        margin_mode=draw(st.dictionaries(SYMBOLS, MODES)),
        ledger=draw(st.dictionaries(SYMBOLS, ledgers)),
        marks=draw(st.dictionaries(SYMBOLS, POSITIVE)),
        recent_fills=recent_fills,
        recent_flows=recent_flows,
        pace=draw(st.none() | paces()),
        news_fills=list(recent_fills),
        news_orders=ended,
        news_flows=list(recent_flows),
        news_funding=draw(
            st.lists(st.builds(FundingPayment, SYMBOLS, SIDES, MOMENTS, NUMBERS), max_size=2)
        ),
    )


def busy_state(*, now: datetime) -> PaperState:
    """Build an account with five positions, each behind a stop, and one fill just now."""
    state = PaperState(wallet=10_000.0, last_seen_at=now, pace=MarketPace(now, now))
    for number in range(5):
        symbol = f"S{number}USDT"
        request = OrderRequest(
            client_order_id=f"et-desk-trend-{number}",
            account="paper",
            symbol=symbol,
            side=OrderSide.SELL,
            order_type=OrderType.STOP_MARKET,
            quantity=1.0,
            trigger_price=90.0,
            reduce_only=True,
        )
        order = Order(
            order_id=f"o{number}", request=request, status=OrderStatus.NEW, created_at=now
        )
        state.positions[symbol, PositionSide.NET] = PaperPosition(
            symbol, PositionSide.NET, 1.0, 100.0, MarginMode.CROSS, 10.0, now
        )
        state.orders[request.client_order_id] = RestingOrder(order)
        state.used_ids[request.client_order_id] = order
        state.marks[symbol] = 101.0
        state.leverage[symbol] = 10.0
        state.ledger[symbol] = SymbolLedger(1.0, 2.0, 3.0)
    fill_now(state, 0, at=now)
    return state


def fill_now(state: PaperState, number: int, *, at: datetime) -> None:
    """Let an account have one more fill."""
    fill = Fill(
        fill_id=f"f{number}",
        client_order_id="et-desk-trend-0",
        symbol="S0USDT",
        position_side=PositionSide.NET,
        quantity=1.0,
        price=100.0,
        fee=0.05,
        realized_pnl=0.0,
        filled_at=at + timedelta(milliseconds=number),
    )
    state.recent_fills.append(fill)
    state.news_fills.append(fill)
