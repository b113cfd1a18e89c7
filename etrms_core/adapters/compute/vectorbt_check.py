"""The same signals through vectorbt, whose import takes seconds: for worker processes only."""

from dataclasses import dataclass

import numpy as np

from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT, CodeArray
from etrms_core.backtest.terms import AccountTerms, Direction, FillTime, SizeKind, TradingTerms
from etrms_core.kernels.arrays import BoolArray, FloatArray

SIZE_TYPES = {
    SizeKind.EQUITY_FRACTION: "percent",
    SizeKind.NOTIONAL: "value",
    SizeKind.QUANTITY: "amount",
}
BASIS_POINT = 1e-4


@dataclass(frozen=True, slots=True)
class OtherEngine:
    """What vectorbt makes of the signals; money in quote currency."""

    final_equity: float
    orders: int


def run_in_vectorbt(
    opened: FloatArray,
    close: FloatArray,
    codes: CodeArray,
    *,
    account: AccountTerms,
    trading: TradingTerms,
) -> OtherEngine:
    """Trade plain signals of one symbol with `vectorbt.Portfolio.from_signals`.

    Parameters
    ----------
    opened, close : ndarray of shape (n_bars,)
    codes : ndarray of int8 of shape (n_bars,)
        As in `Signals`.
    """
    import vectorbt  # noqa: PLC0415  seconds, and 350 MiB

    at_open = account.fill is FillTime.NEXT_OPEN
    portfolio = vectorbt.Portfolio.from_signals(
        close,
        **_signals(_next_bar(codes) if at_open else codes, trading.direction),
        price=opened if at_open else close,
        size=trading.size.value,
        size_type=SIZE_TYPES[trading.size.kind],
        init_cash=account.initial_capital,
        fees=account.taker_fee,
        slippage=account.slippage_bps * BASIS_POINT,
        upon_opposite_entry="reverse",
        freq="1h",
    )
    return OtherEngine(float(portfolio.final_value()), int(portfolio.orders.count()))


def _next_bar(codes: CodeArray) -> CodeArray:
    return np.concatenate((np.zeros(1, codes.dtype), codes[:-1]))


def _signals(codes: CodeArray, direction: Direction) -> dict[str, BoolArray | str]:
    def has(code: int) -> BoolArray:
        found: BoolArray = (codes & code) != 0
        return found

    match direction:
        case Direction.LONG_ONLY:
            return {"entries": has(ENTER_LONG), "exits": has(EXIT_LONG), "direction": "longonly"}
        case Direction.SHORT_ONLY:
            return {"entries": has(ENTER_SHORT), "exits": has(EXIT_SHORT), "direction": "shortonly"}
        case Direction.LONG_SHORT:
            return {
                "entries": has(ENTER_LONG),
                "exits": has(EXIT_LONG),
                "short_entries": has(ENTER_SHORT),
                "short_exits": has(EXIT_SHORT),
            }
