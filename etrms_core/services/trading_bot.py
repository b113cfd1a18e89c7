"""A small bot that gives the paper account life; it knows no edge and never touches real money."""

from datetime import datetime, timedelta
from random import Random

import structlog

from etrms_core.domain.intents import Origin
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.ports import Clock, ExchangePort
from etrms_core.errors import DomainError, EtrmsError
from etrms_core.kernels.rounding import floor_to_step
from etrms_core.risk.metrics import Metric
from etrms_core.services.order_desk import OrderDesk
from etrms_core.services.risk_state import RiskState

log = structlog.get_logger(__name__)

STRATEGY = "bot"
MOST_POSITIONS = 4
SHARE_OF_EQUITY = 0.35
CLOSE_PROBABILITY = 0.25


class TradingBot:
    """Opens and closes small positions at random, through the same order desk as everybody.

    Parameters
    ----------
    exchange : ExchangePort
        A paper account; any other raises DomainError.
    seed : int
        Decides what it trades.
    pause_seconds : float
        Time between two decisions.
    """

    def __init__(
        self,
        exchange: ExchangePort,
        orders: OrderDesk,
        *,
        clock: Clock,
        seed: int,
        pause_seconds: float = 20.0,
    ) -> None:
        if not exchange.is_paper:
            raise DomainError(
                f"the trading bot runs on paper accounts only, not on {exchange.account}"
            )
        self._exchange = exchange
        self._orders = orders
        self._clock = clock
        self._random = Random(seed)  # noqa: S311  a demonstration, nothing to guess
        self._pause = timedelta(seconds=pause_seconds)
        self._next_at: datetime | None = None
        self._count = 0

    def on_risk(self, state: RiskState) -> None:
        """Decide now and then, after a risk cycle."""
        now = self._clock()
        if self._next_at is not None and now < self._next_at:
            return
        self._next_at = now + self._pause
        request = self._decide(state, now)
        if request is None:
            return
        try:
            self._orders.submit(request, origin=Origin.BOT)
        except EtrmsError as error:
            log.info("the bot's order was refused", reason=str(error))

    def _decide(self, state: RiskState, now: datetime) -> OrderRequest | None:
        account = next(a for a in state.accounts if a.account == self._exchange.account)
        held = {position.symbol: position for position in account.positions}
        symbols = sorted(self._exchange.instruments())
        symbol = self._random.choice(sorted(held) if len(held) >= MOST_POSITIONS else symbols)
        if symbol in held:
            if self._random.random() > CLOSE_PROBABILITY:
                return None
            quantity = held[symbol].quantity
            side = OrderSide.SELL if quantity > 0.0 else OrderSide.BUY
            return self._order(symbol, side, abs(quantity), now, reduce_only=True)
        equity = state.snapshot.value(Metric.EQUITY)
        if equity is None:
            return None
        instrument = self._exchange.instruments()[symbol]
        price = self._exchange.quotes()[symbol].mark_price
        quantity = floor_to_step(SHARE_OF_EQUITY * equity / price, instrument.lot_size)
        side = self._random.choice([OrderSide.BUY, OrderSide.SELL])
        return self._order(symbol, side, quantity, now, reduce_only=False)

    def _order(
        self, symbol: str, side: OrderSide, quantity: float, now: datetime, *, reduce_only: bool
    ) -> OrderRequest | None:
        if quantity <= 0.0:
            return None
        self._count += 1
        nonce = f"{int(now.timestamp() * 1000):x}{self._count:x}"
        return OrderRequest(
            client_order_id=self._orders.order_id(strategy=STRATEGY, nonce=nonce),
            account=self._exchange.account,
            symbol=symbol,
            side=side,
            order_type=OrderType.MARKET,
            quantity=quantity,
            reduce_only=reduce_only,
        )
