"""Liquidation prices of single positions and of a cross account.

References
----------
Binance, How to calculate the liquidation price of USD-M futures contracts (FAQ b3c689c1f50a).
"""

from collections.abc import Mapping
from math import isfinite, isnan

import numpy as np

from etrms_core.errors import DomainError
from etrms_core.kernels.liquidation import liquidation_price
from etrms_core.kernels.margin import Tiers

FIELDS = (
    "quantity",
    "entry_price",
    "mark_price",
    "maintenance_margin_rate",
    "maintenance_amount",
)


def isolated_liquidation_price(
    *,
    wallet_balance: float,
    quantity: float,
    entry_price: float,
    maintenance_margin_rate: float,
    maintenance_amount: float,
) -> float | None:
    r"""Price at which an isolated position is liquidated.

    .. math:: p = \frac{W + c - q E}{|q| m - q}

    Parameters
    ----------
    wallet_balance : float
        Margin behind the position, quote currency.
    quantity : float
        Signed base units, not 0.
    entry_price : float
        Quote currency, above 0.
    maintenance_margin_rate : float
        Fraction in (0, 1) of the tier at the liquidation price.
    maintenance_amount : float
        The tier's maintenance amount ("cum"), quote currency.

    Returns
    -------
    float or None
        None when no price above 0 liquidates.

    Raises
    ------
    DomainError
        If a number is not finite or out of its range.

    References
    ----------
    Binance FAQ, liquidation price of USD-M futures contracts.
    """
    _require_position(quantity, entry_price, maintenance_margin_rate, maintenance_amount)
    _require_finite("wallet_balance", wallet_balance)
    return _price(
        wallet_balance,
        quantity,
        entry_price,
        _one_tier(maintenance_margin_rate, maintenance_amount),
    )


def cross_liquidation_price(
    symbol: str,
    *,
    wallet_balance: float,
    positions: Mapping[str, Mapping[str, float]],
) -> float | None:
    """Price of one symbol at which a cross account is liquidated, the others at their marks.

    Parameters
    ----------
    symbol : str
        Which position moves.
    wallet_balance : float
        Cross wallet balance, quote currency.
    positions : mapping
        By symbol: ``quantity`` (signed), ``entry_price``, ``mark_price``,
        ``maintenance_margin_rate``, ``maintenance_amount``.

    Returns
    -------
    float or None
        None when no price above 0 liquidates.

    Raises
    ------
    DomainError
        If the symbol has no position, a field is missing or a number is out of its range.

    References
    ----------
    Binance FAQ, liquidation price of USD-M futures contracts.
    """
    if symbol not in positions:
        raise DomainError(f"there is no position in {symbol!r}, only in {sorted(positions)}")
    _require_finite("wallet_balance", wallet_balance)
    for name, position in positions.items():
        _require_fields(name, position)
    collateral = wallet_balance
    for name, position in positions.items():
        if name != symbol:
            quantity, mark = position["quantity"], position["mark_price"]
            collateral += quantity * (mark - position["entry_price"])
            collateral -= max(
                0.0,
                abs(quantity) * mark * position["maintenance_margin_rate"]
                - position["maintenance_amount"],
            )
    own = positions[symbol]
    tier = _one_tier(own["maintenance_margin_rate"], own["maintenance_amount"])
    return _price(collateral, own["quantity"], own["entry_price"], tier)


def _price(collateral: float, quantity: float, entry_price: float, tier: Tiers) -> float | None:
    price = float(
        liquidation_price(
            float(collateral),
            (0, 0),
            (float(quantity), 0.0),
            (float(entry_price), 0.0),
            float(entry_price),
            tier,
        )
    )
    return None if isnan(price) else price


def _one_tier(rate: float, amount: float) -> Tiers:
    return Tiers(
        np.array([0, 1], np.int64),
        np.array([0.0]),
        np.array([float(rate)]),
        np.array([float(amount)]),
    )


def _require_finite(name: str, value: float) -> None:
    if not isfinite(value):
        raise DomainError(f"{name} is a finite number, was {value}")


def _require_position(quantity: float, entry_price: float, rate: float, amount: float) -> None:
    for name, value in (("quantity", quantity), ("maintenance_amount", amount)):
        _require_finite(name, value)
    if quantity == 0.0:
        raise DomainError("quantity is not 0: a closed position has no liquidation price")
    if not 0.0 < entry_price < float("inf"):
        raise DomainError(f"entry_price is above 0, was {entry_price}")
    if not 0.0 < rate < 1.0:
        raise DomainError(f"maintenance_margin_rate lies between 0 and 1, was {rate}")


def _require_fields(name: str, position: Mapping[str, float]) -> None:
    missing = [field for field in FIELDS if field not in position]
    if missing:
        raise DomainError(f"position {name} lacks {', '.join(missing)}")
    _require_position(
        position["quantity"],
        position["entry_price"],
        position["maintenance_margin_rate"],
        position["maintenance_amount"],
    )
    if not 0.0 < position["mark_price"] < float("inf"):
        raise DomainError(f"position {name} mark_price is above 0, was {position['mark_price']}")
