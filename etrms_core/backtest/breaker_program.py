"""Breaker rules laid out for the compiled simulation, and what becomes of them in a run."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from etrms_core.backtest.breaker_scopes import ScopePlan, plan_scopes
from etrms_core.backtest.market import Market
from etrms_core.backtest.terms import AccountTerms
from etrms_core.breakers.breaker_book import (
    BreakerBook,
    InstanceTable,
    align_breakers,
    compile_rules,
)
from etrms_core.breakers.rules import ActionKind, BreakerAction, BreakerRule, DrawdownBasis
from etrms_core.domain.account import MarginMode
from etrms_core.domain.identifiers import ScopeKind
from etrms_core.kernels import nav_book, scope_ratios, scope_sums
from etrms_core.kernels import simulated_breaker_program as layout
from etrms_core.kernels import simulated_risk as risk_layout
from etrms_core.kernels.arrays import IntArray, Records, copied
from etrms_core.kernels.breaker_state import READING
from etrms_core.kernels.margin import Tiers
from etrms_core.kernels.simulated_book import POSITION
from etrms_core.kernels.simulated_breaker_counts import NEVER_MS
from etrms_core.kernels.simulated_breaker_program import BreakerProgram
from etrms_core.kernels.simulated_risk import RiskTables
from etrms_core.risk.calendar import period_bounds
from etrms_core.risk.metrics import Metric

LOG_ROWS = 2_048
ACTION_CODES = {
    ActionKind.NOTIFY: layout.NOTIFY,
    ActionKind.REDUCE_POSITION: layout.REDUCE_POSITION,
    ActionKind.CLOSE_POSITION: layout.CLOSE_POSITION,
    ActionKind.CLOSE_ALL: layout.CLOSE_ALL,
    ActionKind.CANCEL_ORDERS: layout.CANCEL_ORDERS,
    ActionKind.PAUSE_TRADING: layout.PAUSE_TRADING,
    ActionKind.REDUCE_ONLY_MODE: layout.REDUCE_ONLY_MODE,
    ActionKind.SET_LEVERAGE: layout.SET_LEVERAGE,
    ActionKind.PLACE_GUARD_STOP: layout.PLACE_GUARD_STOP,
}
_RATIOS = {
    Metric.NAV: scope_ratios.NAV,
    Metric.DRAWDOWN: scope_ratios.DRAWDOWN,
    Metric.DAILY_LOSS: scope_ratios.DAILY_LOSS,
    Metric.WEEKLY_LOSS: scope_ratios.WEEKLY_LOSS,
    Metric.MONTHLY_LOSS: scope_ratios.MONTHLY_LOSS,
    Metric.GROSS_LEVERAGE: scope_ratios.GROSS_LEVERAGE,
    Metric.MARGIN_UTILIZATION: scope_ratios.MARGIN_UTILIZATION,
    Metric.CONCENTRATION: scope_ratios.CONCENTRATION,
}
_SUMS = {
    Metric.GROSS_EXPOSURE: scope_sums.GROSS,
    Metric.NET_EXPOSURE: scope_sums.NET,
    Metric.POSITION_NOTIONAL: scope_sums.WORST_NOTIONAL,
    Metric.POSITION_LOSS: scope_sums.WORST_LOSS,
    Metric.LIQUIDATION_DISTANCE: scope_sums.NEAREST_LIQUIDATION,
    Metric.MARGIN_RATIO: scope_sums.WORST_MARGIN_RATIO,
    Metric.TIME_IN_POSITION_SECONDS: scope_sums.LONGEST_HELD,
    Metric.FUNDING_RATE: scope_sums.WORST_FUNDING,
    Metric.UNGUARDED_NOTIONAL: scope_sums.UNGUARDED,
}
# A simulated account is read at every close and settles in a dollar that is one dollar.
_OTHERS = {
    Metric.EQUITY: layout.EQUITY,
    Metric.CONSECUTIVE_LOSSES: layout.LOSSES,
    Metric.TRADES_PER_DAY: layout.TRADES,
    Metric.DATA_AGE_SECONDS: layout.NOTHING,
    Metric.STABLECOIN_DEVIATION: layout.NOTHING,
}
SOURCES = {
    **{metric: layout.RATIOS_FIRST + column for metric, column in _RATIOS.items()},
    **{metric: layout.SUMS_FIRST + column for metric, column in _SUMS.items()},
    **_OTHERS,
}
POSITION_COLUMNS = {
    Metric.POSITION_NOTIONAL: risk_layout.NOTIONAL,
    Metric.POSITION_LOSS: risk_layout.LOSS,
    Metric.LIQUIDATION_DISTANCE: risk_layout.LIQUIDATION_DISTANCE,
    Metric.TIME_IN_POSITION_SECONDS: risk_layout.HELD_SECONDS,
    Metric.FUNDING_RATE: risk_layout.FUNDING,
}
OF_NAV = frozenset(
    {
        Metric.EQUITY,
        Metric.NAV,
        Metric.DRAWDOWN,
        Metric.DAILY_LOSS,
        Metric.WEEKLY_LOSS,
        Metric.MONTHLY_LOSS,
    }
)


class CompiledBreakers:
    """Rules compiled for one run.

    Attributes
    ----------
    program : BreakerProgram
        What the kernels take.
    instances : InstanceTable
        The rows of the program.
    strategy_name : str
    """

    def __init__(
        self,
        market: Market,
        rules: Sequence[BreakerRule],
        *,
        account: AccountTerms,
        tiers: Tiers,
        strategy_name: str,
    ) -> None:
        enabled = tuple(rule for rule in rules if rule.enabled)
        scopes = plan_scopes(market.symbols, enabled, strategy_name=strategy_name)
        self.instances = compile_rules(enabled, scopes.scopes)
        self._log: list[Records] = []
        self._seen: list[Records] = []
        self._drained = 0
        self.strategy_name = strategy_name
        self.program = _program(self.instances, scopes, market, account, tiers)

    def drain(self) -> None:
        """Take what is logged out of the program, which then has room again."""
        program = self.program
        clock = program.clock[0]
        log = copied(program.log[: clock.logged].view(np.recarray))
        log.seen[log.seen >= 0] += self._drained
        self._log.append(log)
        self._seen.append(copied(program.seen[: clock.seen].view(np.recarray)))
        self._drained += int(clock.seen)
        clock.logged = clock.seen = 0

    def logged(self) -> tuple[Records, Records]:
        """Return everything that was logged, and the accounts that its rows point into."""
        self.drain()
        return (
            np.concatenate(self._log).view(np.recarray),
            np.concatenate(self._seen).view(np.recarray),
        )


def _program(
    instances: InstanceTable,
    scopes: ScopePlan,
    market: Market,
    account: AccountTerms,
    tiers: Tiers,
) -> BreakerProgram:
    symbols, rows = len(market.symbols), len(instances.keys)
    watches_nav = all(
        rule.metric in OF_NAV and rule.scope.kind in (ScopeKind.PORTFOLIO, ScopeKind.EXCHANGE)
        for rule in instances.rules
    ) and all(scopes.covers[row] == layout.ALL_SYMBOLS for row in instances.scope)
    actions, bounds = _actions(instances.rules)
    navs = _opening_navs(scopes, account.initial_capital)
    own = [instances.rules[row] for row in instances.rule]
    program = BreakerProgram(
        clock=_records(1, layout.CLOCK),
        rules=instances.arrays,
        memory=align_breakers(BreakerBook(), instances, navs[:, nav_book.NAV]).memory,
        readings=_records(rows, READING),
        instances=_records(rows, layout.INSTANCE),
        actions=actions,
        wishes=_records(symbols, layout.WISH),
        tallies=_records(symbols + 1, layout.TALLY),
        navs=navs,
        days=_starts(market, account.time_zone, 0, needed=_needs_days(instances.rules)),
        weeks=_starts(market, account.time_zone, 1, needed=_uses(instances, Metric.WEEKLY_LOSS)),
        months=_starts(market, account.time_zone, 2, needed=_uses(instances, Metric.MONTHLY_LOSS)),
        log=_records(max(LOG_ROWS, 4 * rows), layout.LOGGED),
        seen=_records(max(LOG_ROWS, 16 * symbols), POSITION),
        risk=None if watches_nav else _risk(scopes, account, tiers, symbols),
    )
    table = program.instances
    table.scope = instances.scope
    table.source = [_source(instances, row) for row in range(rows)]
    table.covers = [scopes.covers[row] for row in instances.scope]
    table.position_column = [POSITION_COLUMNS.get(rule.metric, -1) for rule in own]
    table.first_action = [bounds[row] for row in instances.rule]
    table.last_action = [bounds[row + 1] for row in instances.rule]
    table.paused_until_ms = layout.NOT_YET
    table.may_block = instances.may_block
    table.is_shadow = [rule.shadow for rule in own]
    table.exists = [bool(scopes.exists[row]) for row in instances.scope]
    _open_calendar(program)
    return program


def _open_calendar(program: BreakerProgram) -> None:
    clock, calendar = program.clock, (program.days, program.weeks, program.months)
    clock.day_ms = program.days[0]
    clock.low = np.inf
    clock.day = clock.week = clock.month = 1
    clock.next_ms = min(int(starts[1]) if starts.size > 1 else NEVER_MS for starts in calendar)


def _source(instances: InstanceTable, row: int) -> int:
    if instances.from_day_start[row]:
        return layout.DAY_START
    if instances.from_initial[row]:
        return layout.INITIAL
    return SOURCES[instances.rules[instances.rule[row]].metric]


def _actions(rules: Sequence[BreakerRule]) -> tuple[Records, list[int]]:
    own = [action for rule in rules for action in rule.actions]
    actions = _records(len(own), layout.ACTION)
    actions.kind = [ACTION_CODES[action.kind] for action in own]
    actions.argument = [action.argument or 0.0 for action in own]
    actions.pause_ms = [_pause_ms(action) for action in own]
    bounds = [0, *np.cumsum([len(rule.actions) for rule in rules]).tolist()]
    return actions, bounds


def _pause_ms(action: BreakerAction) -> int:
    """Whole milliseconds after which a pause is over, never less than it lasts."""
    if action.kind is not ActionKind.PAUSE_TRADING:
        return 0
    return -(-timedelta(seconds=action.argument or 0.0) // timedelta(milliseconds=1))


def _opening_navs(
    scopes: ScopePlan, capital: float
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """NAV 1 everywhere at the first open; an exchange without an account holds nothing."""
    navs = np.zeros((len(scopes.scopes), nav_book.COLUMNS))
    alive = ~scopes.has_units | (scopes.covers == layout.ALL_SYMBOLS)
    navs[alive, nav_book.NAV] = navs[alive, nav_book.PEAK] = 1.0
    for column in (nav_book.DAY_NAV, nav_book.WEEK_NAV, nav_book.MONTH_NAV):
        navs[alive, column] = 1.0
    funded = alive & scopes.has_units
    navs[funded, nav_book.UNITS] = navs[funded, nav_book.LAST_EQUITY] = capital
    return navs


def _risk(scopes: ScopePlan, account: AccountTerms, tiers: Tiers, symbols: int) -> RiskTables:
    count, members = len(scopes.scopes), risk_layout.SCOPES_OF_A_POSITION * symbols
    return RiskTables(
        tiers=tiers,
        open_tiers=Tiers(
            np.zeros(symbols + 1, np.int64),
            np.zeros_like(tiers.floor),
            np.zeros_like(tiers.rate),
            np.zeros_like(tiers.amount),
        ),
        places=np.zeros((4, symbols), np.int64),
        money=np.zeros((risk_layout.MONEY_ROWS, symbols)),
        is_isolated=np.full(symbols, account.margin_mode is MarginMode.ISOLATED),
        account=np.zeros((8, 1)),
        members=np.zeros((2, members), np.int64),
        shares=np.ones(members),
        scope_of=np.concatenate([scopes.symbol_scope, scopes.own_scopes]),
        worth=np.zeros((2, count)),
        traits=np.array(
            [scopes.has_units, scopes.is_symbol, np.zeros(count, np.bool_), scopes.exists]
        ),
        periods=np.zeros((2, 3), np.bool_),
        sums=np.zeros((count, scope_sums.COLUMNS)),
        ratios=np.zeros((count, scope_ratios.COLUMNS)),
    )


def _uses(instances: InstanceTable, metric: Metric) -> bool:
    return any(rule.metric is metric for rule in instances.rules)


def _needs_days(rules: Sequence[BreakerRule]) -> bool:
    watched = {Metric.DAILY_LOSS, Metric.TRADES_PER_DAY}
    return any(
        rule.metric in watched or rule.drawdown_basis is DrawdownBasis.DAY_START for rule in rules
    )


def _starts(market: Market, time_zone: str, period: int, *, needed: bool) -> IntArray:
    """List where days, weeks or months start, from the one that holds the first open on."""
    first, last = int(market.open_ms[0]), int(market.open_ms[-1]) + market.timeframe_ms
    starts = list(_period_starts(first, last, time_zone, period)) if needed else [first]
    return np.array(starts, np.int64)


def _period_starts(first: int, last: int, time_zone: str, period: int) -> Iterator[int]:
    moment = first
    while moment <= last:
        at = datetime.fromtimestamp(moment / 1000, UTC)
        bounds = period_bounds(at, time_zone=time_zone)
        yield bounds.starts_ms[period]
        moment = bounds.ends_ms[period]


def _records(count: int, kind: np.dtype[np.void]) -> Records:
    return np.zeros(count, kind).view(np.recarray)
