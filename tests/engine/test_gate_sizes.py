"""Order size, position size, leverage."""

from dataclasses import replace
from math import inf, isnan, nan
from typing import Any

import pytest

from etrms_core.domain.account import AccountState, Balance
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import OrderSide, OrderStatus, OrderType
from etrms_core.engine.gate_context import RecentOrder
from etrms_core.engine.gate_sizes import (
    added_notional,
    leverage_after,
    quantities,
    unit_value,
    usd,
)
from tests.builders import make_account, make_position
from tests.engine.gates import (
    BUY,
    LONG,
    SELL,
    SHORT,
    answer,
    code,
    leg,
    make_context,
    make_request,
    resting,
    sent,
    with_limits,
)


def test_an_order_is_at_most_so_large() -> None:
    context = with_limits(make_context(), maximum_order_notional=1500.0)
    assert code(make_request(15.0), context) == ""
    assert answer(make_request(16.0), context) == (
        "order_notional",
        "buy 16 BTCUSDT is 1,600.00 USD, above the 1,500.00 USD that one order may be",
    )


def test_a_unit_is_worth_the_highest_of_mark_and_own_prices() -> None:
    context = make_context()
    stop = make_request(order_type=OrderType.STOP_MARKET, trigger_price=120.0)
    assert unit_value(make_request(), context) == 100.0
    assert unit_value(make_request(price=50.0), context) == 100.0
    assert unit_value(make_request(1.0, SELL, price=130.0), context) == 130.0
    assert unit_value(stop, context) == 120.0
    assert unit_value(replace(stop, price=140.0), context) == 140.0


def test_a_unit_is_counted_in_usd() -> None:
    account = replace(make_account(), balances=(Balance("USDT", 5.0, 0.9), Balance("USDC", 1, 0.8)))
    context = make_context(account=account)
    dollar = replace(context, instrument=Instrument("BTCUSDT", quote_asset="USDC"))
    assert unit_value(make_request(), context) == pytest.approx(90.0)
    assert unit_value(make_request(), dollar) == pytest.approx(80.0)


@pytest.mark.parametrize(
    "fields",
    [
        {"account": None},
        {"instrument": None},
        {"mark_price": None},
        {"instrument": Instrument("BTCUSDT", quote_asset="BUSD")},
        {"account": replace(make_account(), balances=(Balance("USDT", 5.0, None),))},
    ],
)
def test_a_unit_of_unknown_worth_is_said_to_be(fields: dict[str, Any]) -> None:
    assert isnan(unit_value(make_request(), make_context(**fields)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("maximum_order_notional", "order_notional"),
        ("maximum_position_notional", "position_notional"),
    ],
)
def test_an_unknown_worth_breaks_every_bound(name: str, expected: str) -> None:
    context = make_context(instrument=Instrument("BTCUSDT", quote_asset="BUSD"))
    refused, sentence = answer(make_request(), with_limits(context, **{name: inf}))
    assert refused == expected
    assert "an unknown amount" in sentence
    assert code(make_request(), context) == ""


def test_a_position_may_not_grow_beyond_its_bound() -> None:
    context = with_limits(make_context(make_position()), maximum_position_notional=500.0)
    assert code(make_request(4.0), context) == ""
    assert answer(make_request(5.0), context) == (
        "position_notional",
        "buy 5 BTCUSDT could make the position 600.00 USD, above the 500.00 USD that one "
        "position may be",
    )
    assert code(make_request(6.0, SELL), context) == ""
    assert code(make_request(7.0, SELL), context) == "position_notional"


WAITING = (
    resting(make_request(4.0, price=90.0, client_order_id="a"), filled=1.0),
    resting(make_request(2.0, price=90.0, client_order_id="b")),
    resting(make_request(8.0, SELL, price=120.0, client_order_id="c")),
    resting(make_request(16.0, price=90.0, client_order_id="d", symbol="ETHUSDT")),
    resting(make_request(32.0, price=90.0, client_order_id="e", reduce_only=True)),
    resting(make_request(64.0, price=90.0, client_order_id="f", position_side=LONG)),
    replace(
        resting(make_request(128.0, price=90.0, client_order_id="g")), status=OrderStatus.CANCELED
    ),
    resting(make_request(256.0, price=90.0, client_order_id="h", account="other")),
    resting(make_request(512.0, price=90.0, client_order_id="this")),
)


def account_with(orders: tuple[Any, ...], quantity: float = 10.0) -> AccountState:
    return make_account(make_position(quantity=quantity), orders=orders)


def test_orders_that_wait_in_the_same_direction_count() -> None:
    context = make_context(account=account_with(WAITING))
    assert quantities(make_request(), context) == (10.0, 10.0 + 3.0 + 2.0 + 1.0)
    assert quantities(make_request(1.0, SELL), context) == (10.0, 1.0)
    short = make_context(account=account_with(WAITING, -10.0))
    assert quantities(make_request(1.0, SELL), short) == (10.0, 19.0)
    assert quantities(make_request(), short) == (10.0, 4.0)


def test_an_order_of_a_leg_counts_with_its_leg() -> None:
    account = make_account(leg(1.0, LONG), leg(-2.0, SHORT), orders=WAITING)
    context = make_context(account=account)
    assert quantities(make_request(position_side=LONG), context) == (1.0, 66.0)
    assert quantities(make_request(1.0, SELL, position_side=SHORT), context) == (2.0, 3.0)


def test_what_was_sent_since_the_account_was_read_counts() -> None:
    recent = (
        sent(make_request(2.0, client_order_id="seen"), 0.1),
        sent(make_request(4.0, client_order_id="new"), 0.0),
        sent(make_request(8.0, client_order_id="later"), -1.0),
        sent(make_request(16.0, client_order_id="this"), -1.0),
        sent(make_request(32.0, client_order_id="b"), -1.0),
        sent(make_request(64.0, client_order_id="out", reduce_only=True), -1.0),
    )
    context = make_context(account=account_with(WAITING, 10.0), recent=recent)
    assert quantities(make_request(), context) == (10.0, 10.0 + 5.0 + 12.0 + 1.0)
    never_read = replace(make_account(), observed_at=None)
    assert quantities(make_request(), replace(context, account=never_read)) == (0.0, 47.0)


def test_without_an_account_sizes_are_unknown() -> None:
    assert all(isnan(each) for each in quantities(make_request(), make_context(account=None)))


def test_leverage_after_the_order_is_bounded() -> None:
    context = with_limits(make_context(gross_notional=1000.0), maximum_leverage=2.0)
    assert code(make_request(10.0), context) == ""
    assert answer(make_request(11.0), context) == (
        "leverage",
        "buy 11 BTCUSDT could make gross notional 2.1 times the equity of 1,000.00 USD, "
        "above 2 times",
    )


def test_only_what_the_order_adds_is_added_to_the_gross_notional() -> None:
    context = make_context(make_position(quantity=5.0), gross_notional=500.0)
    assert leverage_after(make_request(3.0), context) == pytest.approx(0.8)
    assert leverage_after(make_request(3.0, SELL), context) == pytest.approx(0.2)
    assert leverage_after(make_request(15.0, SELL), context) == pytest.approx(1.0)


def let_out(side: OrderSide, added: float, **fields: Any) -> RecentOrder:  # noqa: ANN401
    return replace(sent(make_request(1.0, side, **fields), 0.0), added_notional=added)


def test_what_was_let_out_on_other_contracts_and_accounts_adds_to_the_leverage() -> None:
    unread = (
        let_out(BUY, 300.0, client_order_id="a", symbol="ETHUSDT"),
        let_out(SELL, 200.0, client_order_id="b", symbol="BTCUSDT", account="other"),
        let_out(BUY, 400.0, client_order_id="c"),  # counted with the position of the order itself
        let_out(SELL, 800.0, client_order_id="d", symbol="ETHUSDT", reduce_only=True),
    )
    context = make_context(gross_notional=1000.0, unread=unread)
    assert leverage_after(make_request(3.0), context) == pytest.approx(1.8)
    assert leverage_after(make_request(3.0), replace(context, unread=())) == pytest.approx(1.3)


def test_of_each_leg_only_the_worse_direction_adds_to_the_leverage() -> None:
    unread = (
        let_out(BUY, 300.0, client_order_id="a", symbol="ETHUSDT"),
        let_out(BUY, 300.0, client_order_id="b", symbol="ETHUSDT"),
        let_out(SELL, 500.0, client_order_id="c", symbol="ETHUSDT"),
        let_out(SELL, 900.0, client_order_id="d"),
    )
    context = make_context(unread=unread)
    assert leverage_after(make_request(3.0), context) == pytest.approx(1.5)
    assert leverage_after(make_request(12.0), context) == pytest.approx(1.8)


@pytest.mark.parametrize(
    ("symbol", "sides"),
    [("BTCUSDT", (SELL, SELL)), ("ETHUSDT", (SELL, SELL)), ("ETHUSDT", (BUY, SELL))],
)
def test_an_unknown_worth_of_what_was_let_out_makes_the_leverage_unknown(
    symbol: str, sides: tuple[OrderSide, OrderSide]
) -> None:
    for others in ((nan, 1.0), (1.0, nan)):
        unread = tuple(
            let_out(side, added, client_order_id=side.value, symbol=symbol)
            for side, added in zip(sides, others, strict=True)
        )
        assert isnan(leverage_after(make_request(), make_context(unread=unread)))


def test_what_an_order_adds_alone_is_what_it_enlarges_the_worst_position_by() -> None:
    context = make_context(account=account_with(WAITING))
    assert added_notional(make_request(2.0), context) == pytest.approx(200.0)
    assert added_notional(make_request(2.0, SELL), context) == 0.0
    # Eight of ten are on sale: of five more, two close the rest and three open a short position.
    assert added_notional(make_request(5.0, SELL), context) == pytest.approx(100.0)
    assert added_notional(make_request(5.0, reduce_only=True), context) == 0.0
    assert isnan(added_notional(make_request(), make_context(account=None)))


@pytest.mark.parametrize(
    "fields",
    [
        {"equity": None},
        {"equity": 0.0},
        {"equity": -5.0},
        {"equity": nan},
        {"gross_notional": None},
        {"gross_notional": nan},
    ],
)
def test_unknown_leverage_breaks_its_bound_only_where_there_is_one(fields: dict[str, Any]) -> None:
    context = make_context(**fields)
    assert code(make_request(), context) == ""
    bounded = with_limits(context, maximum_leverage=1e9)
    refused, sentence = answer(make_request(), bounded)
    assert refused == "leverage"
    assert "gross notional an unknown multiple of the equity of" in sentence
    assert isnan(leverage_after(make_request(), bounded))


def test_money_is_written_with_cents() -> None:
    assert (usd(1234.5), usd(None), usd(nan)) == (
        "1,234.50 USD",
        "an unknown amount",
        "an unknown amount",
    )


def test_a_small_equity_counts() -> None:
    assert leverage_after(make_request(), make_context(equity=0.5)) == 200.0
    assert quantities(make_request(1.0, BUY), make_context()) == (0.0, 1.0)
