"""Accounts packed into arrays."""

from dataclasses import replace
from datetime import timedelta
from math import isnan

import numpy as np
import pytest

from etrms_core.domain.account import AccountState, Balance
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import MarginTiers
from etrms_core.domain.order import Order, OrderSide, OrderStatus, OrderType
from etrms_core.risk.position_table import PositionTable, asset_prices, position_table
from tests.builders import NOW, make_account, make_position, make_stop


def pack(*accounts: AccountState, unknown: frozenset[str] = frozenset()) -> PositionTable:
    return position_table(accounts, as_of=NOW + timedelta(minutes=1), unknown=unknown)


def with_balances(*balances: Balance) -> AccountState:
    return replace(make_account(make_position()), balances=balances)


def test_rows_follow_the_accounts_and_their_positions() -> None:
    first = make_account(make_position("ETHUSDT", -2.0, 50.0), make_position(), account="a")
    second = make_account(make_position("ETHUSDT", 3.0), account="b")
    table = pack(first, second)
    assert [(key.account, key.symbol) for key in table.keys] == [
        ("a", "ETHUSDT"),
        ("a", "BTCUSDT"),
        ("b", "ETHUSDT"),
    ]
    assert table.symbols == ("BTCUSDT", "ETHUSDT")
    assert table.arrays.account.tolist() == [0, 0, 1]
    assert table.arrays.symbol.tolist() == [1, 0, 1]
    assert table.arrays.quantity.tolist() == [-2.0, 1.0, 3.0]
    assert table.arrays.entry_price.tolist() == [50.0, 100.0, 100.0]
    assert table.arrays.leverage.tolist() == [10.0] * 3


def test_an_empty_desk_is_an_empty_table() -> None:
    table = pack(make_account())
    assert table.rows == ()
    assert table.arrays.quantity.shape == (0,)
    assert table.tiers.first.tolist() == [0]


def test_tiers_are_laid_out_one_after_another() -> None:
    two = replace(make_position("ETHUSDT"), tiers=MarginTiers((0.0, 9.0), (0.1, 0.2), (0.0, 0.9)))
    table = pack(make_account(make_position(), two))
    assert table.tiers.first.tolist() == [0, 1, 3]
    assert table.tiers.floor.tolist() == [0.0, 0.0, 9.0]
    assert table.tiers.rate.tolist() == [0.005, 0.1, 0.2]
    assert table.tiers.amount.tolist() == [0.0, 0.0, 0.9]


def test_hedge_legs_know_each_other() -> None:
    long = replace(make_position(), side=PositionSide.LONG)
    short = replace(make_position(quantity=-1.0), side=PositionSide.SHORT)
    table = pack(
        make_account(long, make_position("ETHUSDT"), short), make_account(long, account="b")
    )
    assert table.arrays.other_leg.tolist() == [2, -1, 0, -1]


def test_what_the_venue_does_not_say_is_unknown_not_zero() -> None:
    silent = replace(
        make_position(mark_price=None, leverage=None), opened_at=None, funding_rate=None
    )
    table = pack(make_account(silent))
    columns = (table.arrays.mark_price, table.arrays.leverage, *table.facts)
    assert all(isnan(column[0]) for column in columns)


def test_a_long_pays_a_positive_funding_rate_and_a_short_receives_it() -> None:
    long = replace(make_position(), funding_rate=0.001)
    short = replace(make_position("ETHUSDT", -1.0), funding_rate=0.001)
    assert pack(make_account(long, short)).facts.funding_rate.tolist() == [0.001, -0.001]


def test_a_position_is_as_old_as_its_opening() -> None:
    later = replace(make_position("ETHUSDT"), opened_at=NOW + timedelta(hours=1))
    assert pack(make_account(make_position(), later)).facts.held_seconds.tolist() == [60.0, 0.0]


def test_an_account_that_is_too_old_has_unknown_prices_and_wallet() -> None:
    table = pack(
        make_account(make_position(), account="a"),
        make_account(make_position(), account="b"),
        unknown=frozenset({"a"}),
    )
    assert np.isnan(table.arrays.mark_price).tolist() == [True, False]
    assert np.isnan(table.wallet).tolist() == [True, False]
    assert np.isnan(table.collateral).tolist() == [True, False]


def test_a_haircut_lowers_collateral_but_not_the_wallet() -> None:
    table = pack(with_balances(Balance("USDT", 500.0, 1.0), Balance("BTC", 0.01, 50_000.0, 0.05)))
    assert table.wallet.tolist() == [1000.0]
    assert table.collateral.tolist() == [975.0]


def test_a_haircut_does_not_forgive_a_debt() -> None:
    table = pack(with_balances(Balance("USDT", 500.0, 1.0), Balance("BTC", -0.01, 10_000.0, 0.5)))
    assert table.wallet.tolist() == table.collateral.tolist() == [400.0]


def test_an_asset_without_a_price_makes_the_wallet_unknown() -> None:
    assert np.isnan(pack(with_balances(Balance("XYZ", 1.0, None))).wallet).all()
    assert pack(with_balances(Balance("XYZ", 0.0, None))).wallet.tolist() == [0.0]


def test_quotes_are_priced_by_the_balance_of_their_asset() -> None:
    account = with_balances(Balance("USDT", 500.0, 0.98))
    assert asset_prices(account) == {"USD": 1.0, "USDT": 0.98}
    assert pack(account).arrays.quote_price.tolist() == [0.98]
    assert np.isnan(pack(with_balances(Balance("USDC", 5.0, 1.0))).arrays.quote_price).all()


def unguarded(
    order: Order, *, quantity: float = 4.0, side: PositionSide = PositionSide.NET
) -> float:
    position = replace(make_position(quantity=quantity), side=side)
    return float(pack(make_account(position, orders=(order,))).arrays.unguarded_share[0])


def test_a_position_without_orders_is_unguarded() -> None:
    assert pack(make_account(make_position())).arrays.unguarded_share.tolist() == [1.0]


def test_a_stop_guards_what_it_would_close() -> None:
    assert unguarded(make_stop(3.0)) == 0.25
    assert unguarded(make_stop(9.0)) == 0.0
    assert unguarded(replace(make_stop(4.0), filled_quantity=2.0)) == 0.5
    assert unguarded(make_stop(4.0, side=OrderSide.BUY), quantity=-4.0) == 0.0


def test_stops_add_up() -> None:
    orders = make_stop(1.0), make_stop(2.0)
    account = make_account(make_position(quantity=4.0), orders=orders)
    assert pack(account).arrays.unguarded_share.tolist() == [0.25]


@pytest.mark.parametrize(
    "order",
    [
        make_stop(4.0, reduce_only=False),
        make_stop(4.0, side=OrderSide.BUY),
        make_stop(4.0, position_side=PositionSide.LONG),
        replace(make_stop(4.0), status=OrderStatus.CANCELED),
        replace(make_stop(4.0), request=replace(make_stop(4.0).request, symbol="ETHUSDT")),
        replace(
            make_stop(4.0),
            request=replace(make_stop(4.0).request, order_type=OrderType.TAKE_PROFIT_MARKET),
        ),
    ],
)
def test_an_order_that_would_not_stop_the_loss_is_no_guard(order: Order) -> None:
    assert unguarded(order) == 1.0


def test_a_stop_guards_its_own_leg() -> None:
    order = make_stop(4.0, position_side=PositionSide.LONG)
    assert unguarded(order, side=PositionSide.LONG) == 0.0
