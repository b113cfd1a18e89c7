"""Stored bars through a venue and the risk cycle: the live path at full speed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import FundingPayment
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.identifiers import ScopeKind
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.domain.order import Fill
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.ports import BarVenue
from etrms_core.engine.risk_cycle import run_risk_cycle, start_memory
from etrms_core.errors import ConfigurationError
from etrms_core.kernels.drawdown import drawdown_fraction
from etrms_core.services.replay_inputs import AlignedBars, GivenPosition
from etrms_core.services.replay_orders import ReplayOrders


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

    memory: CycleMemory
    next_bar: int = 0
    peak_nav: float = 1.0
    equity: list[EquityRow] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    funding: list[FundingPayment] = field(default_factory=list)
    events: list[BreakerEvent] = field(default_factory=list)


def check_setup(bars: AlignedBars, setup: ReplaySetup) -> None:
    """Raise ConfigurationError for what the bars or common sense contradict."""
    for name, value in (("capital", setup.capital), ("leverage", setup.leverage)):
        if not 0.0 < value < inf:
            raise ConfigurationError(f"is a number above 0, was {value}", field=name)
    known = sorted(bars.tables)
    for number, position in enumerate(setup.positions):
        if position.symbol not in bars.tables:
            raise ConfigurationError(
                f"{position.symbol} has no bars, only {', '.join(known)}",
                field=f"positions.{number}.symbol",
            )
    for number, rule in enumerate(setup.rules):
        scope = rule.scope
        if scope.kind is ScopeKind.SYMBOL and scope.name and scope.name not in bars.tables:
            raise ConfigurationError(
                f"{scope.name} has no bars, only {', '.join(known)}",
                field=f"breakers.{number}.scope.name",
            )


def start_replay(bars: AlignedBars, setup: ReplaySetup, venue: BarVenue) -> ReplayState:
    """Take the first reading at the first bar's open, before any price has moved.

    Given positions are marked at their entry until then: equity starts as the capital.
    """
    started = start_memory(
        [venue.fetch_account()], setup.rules, as_of=bars.times[0], policy=setup.policy()
    )
    state = ReplayState(started.memory)
    state.equity.append(EquityRow(bars.times[0], venue.equity(), 1.0, 0.0))
    return state


def run_replay(
    bars: AlignedBars,
    setup: ReplaySetup,
    state: ReplayState,
    venue: BarVenue,
    *,
    after_bar: Callable[[ReplayState], None] = lambda state: None,
) -> ReplayState:
    """Play the remaining bars: each one, then one risk cycle at its close, then its orders.

    Parameters
    ----------
    after_bar : callable
        Called after every bar with the state, which is complete then; it may raise to stop.
    """
    policy = setup.policy()
    orders = ReplayOrders(venue)
    funding = _FundingFeed(setup.funding, start=bars.times[0])
    for step in bars.steps(state.next_bar):
        venue.play(step, funding.between(step.opens_at, step.closes_at))
        seen = venue.fetch_account()
        result = run_risk_cycle(
            state.memory, [seen], setup.rules, as_of=step.closes_at, policy=policy
        )
        state.memory = result.memory
        state.events += [event for event in result.events if isinstance(event, BreakerEvent)]
        state.events += orders.execute(result.commands, seen, now=step.closes_at)
        _record(state, venue, step.closes_at)
        state.next_bar += 1
        after_bar(state)
    return state


def _record(state: ReplayState, venue: BarVenue, at: datetime) -> None:
    equity = venue.equity()
    first, last = state.equity[0], state.equity[-1]
    # As in the risk cycle, a ruined account stays ruined until new money comes.
    nav = max(0.0, equity / first.equity) if last.nav > 0.0 else 0.0
    state.peak_nav = max(state.peak_nav, nav)
    drawdown = float(drawdown_fraction(nav, state.peak_nav))
    state.equity.append(EquityRow(at, equity, nav, drawdown))
    news = venue.take_news()
    state.fills += news.fills
    state.funding += news.funding


class _FundingFeed:
    """Settlements of all symbols, handed out bar by bar in symbol order."""

    def __init__(
        self, funding: Mapping[str, Sequence[FundingSettlement]], *, start: datetime
    ) -> None:
        self._waiting = {
            symbol: [each for each in settlements if each.settled_at >= start]
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
