"""Paper accounts, orders and bars for the tests of this folder."""

from datetime import UTC, datetime, timedelta

from etrms_core.adapters.exchanges.paper.bar_driven_exchange import BarDrivenExchange
from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.order_entry import opened_account
from etrms_core.adapters.exchanges.paper.state import LegKey, PaperState
from etrms_core.adapters.exchanges.paper.terms import BarFill, PaperTerms
from etrms_core.domain.account import AccountState, MarginMode, Position
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import Bar, BarStep, FundingSettlement
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from tests.fakes import InMemoryPaperStore, ManualClock, ScriptedMarket

START = datetime(2025, 10, 10, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SYMBOL = "BTCUSDT"
OTHER = "ETHUSDT"
NET = (SYMBOL, PositionSide.NET)
# Fees that are easy to work by hand: 0.1 % taker, 0.05 % maker, 1 % liquidation.
TERMS = PaperTerms(maker_fee=0.0005, taker_fee=0.001, liquidation_fee=0.01)
FREE = PaperTerms(maker_fee=0.0, taker_fee=0.0, liquidation_fee=0.0)


def make_state(
    wallet: float = 1_000.0,
    *,
    leverage: float = 10.0,
    mode: MarginMode = MarginMode.CROSS,
    hedge_mode: bool = False,
    symbols: tuple[str, ...] = (SYMBOL,),
) -> PaperState:
    """Build an account without positions; every symbol is marked 100."""
    marks = dict.fromkeys(symbols, 100.0)
    terms = PaperTerms(default_leverage=leverage)
    state = opened_account({symbol: Instrument(symbol) for symbol in marks}, terms)
    state.wallet = wallet
    state.hedge_mode = hedge_mode
    state.marks.update(marks)
    state.margin_mode.update(dict.fromkeys(marks, mode))
    return state


def order(
    client_order_id: str,
    quantity: float,
    *,
    kind: OrderType = OrderType.MARKET,
    level: float | None = None,
    reduce_only: bool = False,
    leg: LegKey = NET,
) -> OrderRequest:
    """Build an order that buys a positive quantity and sells a negative one.

    `level` is the limit, the trigger or the callback, whichever the kind of order needs.
    """
    is_trailing = kind is OrderType.TRAILING_STOP_MARKET
    is_limit = kind is OrderType.LIMIT
    return OrderRequest(
        client_order_id=client_order_id,
        account="main",
        symbol=leg[0],
        side=OrderSide.BUY if quantity > 0.0 else OrderSide.SELL,
        order_type=kind,
        quantity=abs(quantity),
        price=level if is_limit else None,
        callback_fraction=level if is_trailing else None,
        trigger_price=None if is_limit or is_trailing else level,
        reduce_only=reduce_only,
        position_side=leg[1],
    )


def paper_exchange(
    market: ScriptedMarket,
    clock: ManualClock,
    *,
    capital: float = 1_000.0,
    terms: PaperTerms = TERMS,
    store: InMemoryPaperStore | None = None,
) -> PaperExchange:
    """Open the account `main` on a scripted market."""
    return PaperExchange(
        "main", market=market, clock=clock, capital=capital, terms=terms, store=store
    )


def make_bar(open_: float, high: float, low: float, close: float) -> Bar:
    """Build a bar of one unit traded."""
    return Bar(open_, high, low, close, 1.0)


class BarAccount:
    """A bar-driven exchange with hourly bars that a test writes as (open, high, low, close)."""

    def __init__(
        self,
        *,
        wallet: float = 1_000.0,
        terms: PaperTerms = FREE,
        leverage: float = 10.0,
        mode: MarginMode = MarginMode.CROSS,
        symbols: tuple[str, ...] = (SYMBOL,),
    ) -> None:
        self.state = make_state(wallet, leverage=leverage, mode=mode, symbols=symbols)
        self.exchange = BarDrivenExchange(
            "main",
            instruments={symbol: Instrument(symbol) for symbol in symbols},
            terms=terms,
            state=self.state,
            opened_at=START,
        )
        self.now = START

    def play(
        self, *bar: float, funding: tuple[FundingSettlement, ...] = (), **bars: tuple[float, ...]
    ) -> None:
        """Play one hour; numbers without a name are the bar of BTCUSDT."""
        values = {SYMBOL: bar, **bars} if bar else bars
        made = {symbol: make_bar(*prices) for symbol, prices in values.items()}
        self.exchange.play(BarStep(self.now, self.now + HOUR, made, made), funding)
        self.now += HOUR

    def held(self, symbol: str = SYMBOL) -> float:
        """Signed base units of the one-way position, 0 when flat."""
        position = self.state.positions.get((symbol, PositionSide.NET))
        return 0.0 if position is None else position.quantity

    def fills(self) -> list[tuple[float, float, str]]:
        """Quantity, price and reason of every recent fill."""
        return [
            (fill.quantity, round(fill.price, 9), fill.reason) for fill in self.state.recent_fills
        ]


def at_close(terms: PaperTerms = FREE) -> PaperTerms:
    """Build the same terms with market orders that fill at the close."""
    return PaperTerms(
        maker_fee=terms.maker_fee,
        taker_fee=terms.taker_fee,
        liquidation_fee=terms.liquidation_fee,
        slippage_bps=terms.slippage_bps,
        bar_fill=BarFill.CLOSE,
    )


def wallet_of(account: AccountState) -> float:
    """Return the wallet balance that an account shows."""
    return account.balances[0].amount


def equity_of(account: AccountState) -> float:
    """Return wallet plus unrealised results at the marks shown."""
    return wallet_of(account) + sum(
        position.quantity * ((position.mark_price or 0.0) - position.entry_price)
        for position in account.positions
    )


def only_position(account: AccountState) -> Position:
    """Return the one position that an account has."""
    (position,) = account.positions
    return position
