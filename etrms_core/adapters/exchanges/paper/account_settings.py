"""Leverage, margin mode, deposits and withdrawals of a paper account."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import isfinite

from etrms_core.adapters.exchanges.paper.account_view import ASSET
from etrms_core.adapters.exchanges.paper.liquidations import cross_balance
from etrms_core.adapters.exchanges.paper.order_checks import reject
from etrms_core.adapters.exchanges.paper.order_margin import available_margin
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.account import Flow, FlowKind, MarginMode
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Rejection
from etrms_core.errors import DomainError
from etrms_core.kernels.margin import initial_margin

KEPT_FLOWS = timedelta(hours=48)


def change_leverage(
    state: PaperState, symbol: str, leverage: float, instruments: Mapping[str, Instrument]
) -> None:
    """Set the leverage of a symbol and of its open legs, as far as margin allows."""
    instrument = _instrument(symbol, instruments)
    if not 1.0 <= leverage <= instrument.maximum_leverage:
        raise reject(
            Rejection.LEVERAGE_LIMIT,
            f"leverage of {symbol} lies between 1 and {instrument.maximum_leverage:g}, "
            f"was {leverage:g}",
        )
    legs = [position for position in state.positions.values() if position.symbol == symbol]
    for position in legs:
        if position.margin_mode is MarginMode.ISOLATED and leverage < position.leverage:
            raise reject(
                Rejection.POSITION_OPEN,
                f"leverage of the isolated position in {symbol} cannot be lowered",
            )
    more = sum(
        initial_margin(abs(position.quantity) * state.marks[symbol], leverage)
        - initial_margin(abs(position.quantity) * state.marks[symbol], position.leverage)
        for position in legs
        if position.margin_mode is MarginMode.CROSS
    )
    if more > max(0.0, available_margin(state)):
        raise reject(
            Rejection.INSUFFICIENT_MARGIN,
            f"leverage {leverage:g} of {symbol} needs {more:.2f} more margin",
        )
    state.leverage[symbol] = leverage
    for position in legs:
        position.leverage = leverage


def change_margin_mode(
    state: PaperState, symbol: str, mode: MarginMode, instruments: Mapping[str, Instrument]
) -> None:
    """Set cross or isolated margin of a symbol without a position."""
    _instrument(symbol, instruments)
    if any(position.symbol == symbol for position in state.positions.values()):
        raise reject(
            Rejection.POSITION_OPEN,
            f"the margin mode of {symbol} cannot change while a position is open",
        )
    state.margin_mode[symbol] = mode


def move_money(state: PaperState, kind: FlowKind, amount: float, *, at: datetime) -> None:
    """Book a deposit, withdrawal or transfer; positive amounts arrive."""
    if not isfinite(amount) or amount == 0.0:
        raise DomainError(f"an amount of money is finite and not 0, was {amount}")
    if (kind is FlowKind.DEPOSIT) == (amount < 0.0) and kind is not FlowKind.TRANSFER:
        raise DomainError(f"a {kind.value} is above 0, was {-abs(amount):g}")
    if amount < 0.0 and -amount > _withdrawable(state):
        raise reject(
            Rejection.INSUFFICIENT_BALANCE,
            f"{-amount:.2f} {ASSET} cannot leave, {max(0.0, _withdrawable(state)):.2f} can",
        )
    state.wallet += amount
    flow = Flow(state.next_id("m"), at, kind, ASSET, amount)
    state.recent_flows.append(flow)
    state.news_flows.append(flow)
    while state.recent_flows[0].occurred_at < at - KEPT_FLOWS:
        del state.recent_flows[0]


def _withdrawable(state: PaperState) -> float:
    return min(cross_balance(state), available_margin(state))


def _instrument(symbol: str, instruments: Mapping[str, Instrument]) -> Instrument:
    if symbol not in instruments:
        raise reject(Rejection.UNKNOWN_SYMBOL, f"there is no contract {symbol!r}")
    return instruments[symbol]
