"""Stored bars through the paper exchange and the risk cycle: the live path at full speed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from etrms_core.adapters.exchanges.paper.bar_driven_exchange import BarDrivenExchange
from etrms_core.adapters.exchanges.paper.order_entry import clear_news, opened_account
from etrms_core.adapters.exchanges.paper.state import FundingPayment, PaperPosition, PaperState
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import MarginMode
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.identifiers import PositionSide, ScopeKind
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.domain.order import Fill
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.risk_cycle import run_risk_cycle, start_memory
from etrms_core.errors import ConfigurationError
from etrms_core.kernels.account import unrealized_pnl
from etrms_core.kernels.drawdown import drawdown_fraction
from etrms_core.services.order_desk import OrderDesk
from etrms_core.services.replay_inputs import AlignedBars, GivenPosition

ACCOUNT = "replay"
DESK_ID = "rply"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySetup:
    """Everything that decides a replay beside the bars.

    Attributes
    ----------
    leverage : float
        Leverage of symbols for which no position says otherwise.
    funding : mapping
        Settlements by symbol, oldest first.
    """

    positions: tuple[GivenPosition, ...] = ()
    rules: tuple[BreakerRule, ...] = ()
    capital: float = 10_000.0
    leverage: float = 1.0
    terms: PaperTerms = field(default_factory=PaperTerms)
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    funding: Mapping[str, tuple[FundingSettlement, ...]] = field(default_factory=dict)
    time_zone: str = "UTC"

    def policy(self) -> RiskPolicy:
        """Replays are sampled at bar closes: gaps between cycles are no clock jumps."""
        return RiskPolicy(time_zone=self.time_zone, clock_jump_seconds=inf)


@dataclass(frozen=True, slots=True)
class EquityRow:
    """One row of equity.csv."""

    time: datetime
    equity: float
    nav: float
    drawdown: float


@dataclass(slots=True)
class ReplayState:
    """How far a replay has come, and everything it has produced."""

    account: PaperState
    memory: CycleMemory
    next_bar: int = 0
    peak_nav: float = 1.0
    equity: list[EquityRow] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    funding: list[FundingPayment] = field(default_factory=list)
    events: list[BreakerEvent] = field(default_factory=list)


def check_setup(bars: AlignedBars, setup: ReplaySetup) -> None:
    """Raise ConfigurationError for positions and rules on symbols without bars."""
    known = sorted(bars.values)
    for number, position in enumerate(setup.positions):
        if position.symbol not in bars.values:
            raise ConfigurationError(
                f"{position.symbol} has no bars, only {', '.join(known)}",
                field=f"positions.{number}.symbol",
            )
    for number, rule in enumerate(setup.rules):
        scope = rule.scope
        if scope.kind is ScopeKind.SYMBOL and scope.name and scope.name not in bars.values:
            raise ConfigurationError(
                f"{scope.name} has no bars, only {', '.join(known)}",
                field=f"breakers.{number}.scope.name",
            )


def start_replay(bars: AlignedBars, setup: ReplaySetup) -> ReplayState:
    """Open the account at the first bar's open, before any price has moved.

    Given positions are marked at their entry until then: equity starts as the capital.
    """
    check_setup(bars, setup)
    account = _opened_account(bars, setup)
    exchange = _exchange(account, bars, setup)
    started = start_memory(
        [exchange.fetch_account()], setup.rules, as_of=bars.times[0], policy=setup.policy()
    )
    state = ReplayState(account, started.memory)
    state.equity.append(EquityRow(bars.times[0], account.wallet, 1.0, 0.0))
    return state


def run_replay(
    bars: AlignedBars,
    setup: ReplaySetup,
    state: ReplayState,
    *,
    after_bar: Callable[[ReplayState], None] = lambda state: None,
) -> ReplayState:
    """Play the remaining bars: each one, then one risk cycle at its close, then its orders.

    Parameters
    ----------
    after_bar : callable
        Called after every bar with the state, which is complete then; it may raise to stop.
    """
    exchange = _exchange(state.account, bars, setup)
    orders = OrderDesk(
        {ACCOUNT: exchange}, blocks=lambda: state.memory.blocks, desk_id=DESK_ID
    )
    policy = setup.policy()
    funding = _FundingFeed(setup.funding, bars.times[state.next_bar :])
    for step in bars.steps(state.next_bar):
        exchange.play(step, funding.between(step.opens_at, step.closes_at))
        seen = exchange.fetch_account()
        result = run_risk_cycle(
            state.memory, [seen], setup.rules, as_of=step.closes_at, policy=policy
        )
        state.memory = result.memory
        state.events += [event for event in result.events if isinstance(event, BreakerEvent)]
        for command in result.commands:
            state.events += orders.execute(command, {ACCOUNT: seen}, now=step.closes_at)
        _record(state, step.closes_at)
        state.next_bar += 1
        after_bar(state)
    return state


def account_equity(account: PaperState) -> float:
    """Wallet plus unrealised results at the last marks, quote currency."""
    total = account.wallet
    for position in account.positions.values():
        mark = account.marks[position.symbol]
        total += unrealized_pnl(position.quantity, position.entry_price, mark)
    return total


def _record(state: ReplayState, at: datetime) -> None:
    account = state.account
    equity = account_equity(account)
    nav = max(0.0, equity / state.equity[0].equity)
    state.peak_nav = max(state.peak_nav, nav)
    drawdown = float(drawdown_fraction(nav, state.peak_nav))
    state.equity.append(EquityRow(at, equity, nav, drawdown))
    state.fills += account.news_fills
    state.funding += account.news_funding
    clear_news(account)


def _opened_account(bars: AlignedBars, setup: ReplaySetup) -> PaperState:
    if not 0.0 < setup.capital < inf:
        raise ConfigurationError(f"is a number above 0, was {setup.capital}", field="capital")
    account = opened_account(_instruments(bars, setup), setup.terms)
    account.wallet = setup.capital
    account.marks.update(bars.first_opens())
    for position in setup.positions:
        leverage = position.leverage or setup.leverage
        mode = MarginMode(position.margin_mode)
        margin = abs(position.quantity) * position.entry_price / leverage
        account.leverage[position.symbol] = leverage
        account.margin_mode[position.symbol] = mode
        account.marks[position.symbol] = position.entry_price
        account.positions[position.symbol, PositionSide.NET] = PaperPosition(
            position.symbol,
            PositionSide.NET,
            position.quantity,
            position.entry_price,
            mode,
            leverage,
            bars.times[0],
            margin if mode is MarginMode.ISOLATED else 0.0,
        )
    return account


def _instruments(bars: AlignedBars, setup: ReplaySetup) -> dict[str, Instrument]:
    return {symbol: setup.instruments.get(symbol, Instrument(symbol)) for symbol in bars.values}


def _exchange(account: PaperState, bars: AlignedBars, setup: ReplaySetup) -> BarDrivenExchange:
    return BarDrivenExchange(
        ACCOUNT,
        instruments=_instruments(bars, setup),
        terms=setup.terms,
        state=account,
        opened_at=bars.times[0],
    )


class _FundingFeed:
    """Settlements of all symbols, handed out bar by bar in symbol order."""

    def __init__(
        self,
        funding: Mapping[str, Sequence[FundingSettlement]],
        times: Sequence[datetime],
    ) -> None:
        start = times[0] if times else None
        self._waiting = {
            symbol: [each for each in settlements if start is not None and each.settled_at >= start]
            for symbol, settlements in funding.items()
        }
        self._position = dict.fromkeys(self._waiting, 0)

    def between(self, start: datetime, end: datetime) -> list[FundingSettlement]:
        """Settlements with start <= settled_at < end."""
        due: list[FundingSettlement] = []
        for symbol, settlements in self._waiting.items():
            position = self._position[symbol]
            while position < len(settlements) and settlements[position].settled_at < end:
                if settlements[position].settled_at >= start:
                    due.append(settlements[position])
                position += 1
            self._position[symbol] = position
        return due
