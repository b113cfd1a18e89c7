"""Binance's worked example of USD-M liquidation prices.

Source: Binance FAQ b3c689c1f50a44cabb3a84e663b81d93, "How to calculate the liquidation price of
USD-M futures contracts".
"""

import numpy as np
import pytest

from etrms_core.domain.instrument import MarginTiers
from etrms_core.kernels import portfolio
from etrms_core.kernels.portfolio import AccountReadings, PositionReadings, Positions
from etrms_core.risk.liquidation import cross_liquidation_price, isolated_liquidation_price
from tests.kernels.inputs import pack_tiers

WALLET = 1_535_443.01
ETH = {
    "quantity": 3683.979,
    "entry_price": 1456.84,
    "mark_price": 1335.18,
    "maintenance_margin_rate": 0.1,
    "maintenance_amount": 135_365.0,
}
BTC = {
    "quantity": 109.488,
    "entry_price": 32_481.98,
    "mark_price": 31_967.27,
    "maintenance_margin_rate": 0.025,
    "maintenance_amount": 16_300.0,
}
CENT = 0.005


def one_tier(position: dict[str, float]) -> MarginTiers:
    rate, amount = position["maintenance_margin_rate"], position["maintenance_amount"]
    return MarginTiers((0.0,), (rate,), (amount,))


@pytest.mark.parametrize(("position", "published"), [(ETH, 1114.78), (BTC, 18_778.73)])
def test_isolated_prices_are_the_published_ones(
    position: dict[str, float], published: float
) -> None:
    without_mark = {name: value for name, value in position.items() if name != "mark_price"}
    price = isolated_liquidation_price(wallet_balance=WALLET, **without_mark)
    assert price == pytest.approx(published, abs=CENT)


@pytest.mark.parametrize(("symbol", "published"), [("ETH", 1153.26), ("BTC", 26_316.89)])
def test_cross_prices_are_the_published_ones(symbol: str, published: float) -> None:
    price = cross_liquidation_price(
        symbol, wallet_balance=WALLET, positions={"ETH": ETH, "BTC": BTC}
    )
    assert price == pytest.approx(published, abs=CENT)


def test_the_account_as_a_whole_shows_the_published_prices_and_margin_ratio() -> None:
    positions = Positions(
        account=np.zeros(2, np.int64),
        symbol=np.arange(2),
        other_leg=np.full(2, -1),
        quantity=np.array([ETH["quantity"], BTC["quantity"]]),
        entry_price=np.array([ETH["entry_price"], BTC["entry_price"]]),
        mark_price=np.array([ETH["mark_price"], BTC["mark_price"]]),
        quote_price=np.ones(2),
        leverage=np.full(2, 10.0),
        isolated_margin=np.zeros(2),
        is_isolated=np.zeros(2, np.bool_),
        unguarded_share=np.ones(2),
    )
    tiers = pack_tiers(*(one_tier(position) for position in (ETH, BTC)))
    readings = PositionReadings(*np.empty((8, 2)))
    accounts = AccountReadings(np.array([WALLET]), np.array([WALLET]), *np.empty((6, 1)))
    portfolio.measure_accounts(positions, tiers, readings, accounts)
    portfolio.measure_liquidation(positions, tiers, readings, accounts)
    np.testing.assert_allclose(readings.liquidation_price, [1153.26, 26_316.89], atol=CENT)
    assert accounts.margin_ratio[0] == pytest.approx(0.4149, abs=5e-5)
