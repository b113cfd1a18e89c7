"""The paper exchange as the venue of a replay."""

from collections.abc import Mapping
from typing import Any

from etrms_core.adapters.exchanges.paper.bar_driven_exchange import BarDrivenExchange
from etrms_core.adapters.exchanges.paper.order_entry import opened_account
from etrms_core.adapters.exchanges.paper.state import PaperPosition, PaperState
from etrms_core.adapters.exchanges.paper.state_document import state_from_document
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.account import MarginMode
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.services.replay import ReplaySetup, check_setup
from etrms_core.services.replay_inputs import AlignedBars

ACCOUNT = "replay"


def open_replay_venue(
    bars: AlignedBars, setup: ReplaySetup, *, terms: PaperTerms | None = None
) -> BarDrivenExchange:
    """Open an account with the setup's capital and positions.

    Positions are marked at their entry price until the first bar moves them.

    Raises
    ------
    ConfigurationError
        If positions or rules name symbols without bars, or a number is out of range.
    """
    check_setup(bars, setup)
    instruments = _instruments(bars)
    chosen = terms or PaperTerms(default_leverage=setup.leverage)
    account = opened_account(instruments, chosen)
    account.wallet = setup.capital
    account.marks.update(bars.first_opens())
    for position in setup.positions:
        leverage = position.leverage or setup.leverage
        margin = abs(position.quantity) * position.entry_price / leverage
        is_isolated = position.margin_mode is MarginMode.ISOLATED
        account.leverage[position.symbol] = leverage
        account.margin_mode[position.symbol] = position.margin_mode
        account.marks[position.symbol] = position.entry_price
        account.positions[position.symbol, PositionSide.NET] = PaperPosition(
            position.symbol,
            PositionSide.NET,
            position.quantity,
            position.entry_price,
            position.margin_mode,
            leverage,
            bars.times[0],
            margin if is_isolated else 0.0,
        )
    return _venue(account, bars, instruments, chosen)


def reopen_replay_venue(
    document: dict[str, Any],
    bars: AlignedBars,
    setup: ReplaySetup,
    *,
    terms: PaperTerms | None = None,
) -> BarDrivenExchange:
    """Open an account as `document` left it."""
    chosen = terms or PaperTerms(default_leverage=setup.leverage)
    return _venue(state_from_document(document), bars, _instruments(bars), chosen)


def _venue(
    account: PaperState,
    bars: AlignedBars,
    instruments: Mapping[str, Instrument],
    terms: PaperTerms,
) -> BarDrivenExchange:
    return BarDrivenExchange(
        ACCOUNT, instruments=instruments, terms=terms, state=account, opened_at=bars.times[0]
    )


def _instruments(bars: AlignedBars) -> dict[str, Instrument]:
    return {symbol: Instrument(symbol, maximum_leverage=1_000.0) for symbol in bars.tables}
