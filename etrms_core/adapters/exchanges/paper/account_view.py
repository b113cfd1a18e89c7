"""A paper account as the desk sees it."""

from collections.abc import Mapping
from datetime import datetime

from etrms_core.adapters.exchanges.paper.liquidations import tiers_of
from etrms_core.adapters.exchanges.paper.order_checks import VENUE
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.state import PaperPosition, PaperState
from etrms_core.domain.account import AccountState, Balance, LedgerTotal, Position
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import Quote

ASSET = "USDT"
# The paper exchange settles in a dollar that is one dollar by definition.
ASSET_PRICE = 1.0


def account_view(
    state: PaperState,
    *,
    account: str,
    instruments: Mapping[str, Instrument],
    observed_at: datetime,
    quotes: Mapping[str, Quote] | None = None,
    pace: MarketPace | None = None,
) -> AccountState:
    """Show balances, positions, open orders, recent fills and flows.

    Parameters
    ----------
    quotes : mapping of str to Quote, optional
        A position whose symbol is missing here lost its market: its mark price is unknown. None
        stands for the marks of the state.
    """
    return AccountState(
        account=account,
        venue=VENUE,
        observed_at=observed_at,
        balances=(Balance(ASSET, state.wallet, ASSET_PRICE),),
        positions=tuple(
            _position(position, state, instruments, quotes, pace)
            for position in state.positions.values()
        ),
        orders=tuple(resting.order for resting in state.orders.values()),
        flows=tuple(state.recent_flows),
        fills=tuple(state.recent_fills),
        ledger=tuple(
            LedgerTotal(symbol, result.realized_pnl, result.fees, result.funding)
            for symbol, result in state.ledger.items()
        ),
        is_paper=True,
    )


def _position(
    position: PaperPosition,
    state: PaperState,
    instruments: Mapping[str, Instrument],
    quotes: Mapping[str, Quote] | None,
    pace: MarketPace | None,
) -> Position:
    quote = None if quotes is None else quotes.get(position.symbol)
    shown_mark = None if quote is None else quote.mark_price
    return Position(
        symbol=position.symbol,
        quantity=position.quantity,
        entry_price=position.entry_price,
        mark_price=state.marks.get(position.symbol) if quotes is None else shown_mark,
        side=position.side,
        leverage=position.leverage,
        margin_mode=position.margin_mode,
        isolated_margin=position.isolated_margin,
        tiers=tiers_of(position.symbol, instruments),
        opened_at=position.opened_at,
        funding_rate=None if quote is None else quote.funding_rate,
        next_funding_at=_next_funding(quote, pace),
        quote_asset=ASSET,
    )


def _next_funding(quote: Quote | None, pace: MarketPace | None) -> datetime | None:
    if quote is None or quote.next_funding_at is None or pace is None:
        return None
    return pace.desk_time(quote.next_funding_at)
