"""What each rule of a simulation reads at a close."""

from numba import njit

from etrms_core.kernels.arrays import BoolArray, FloatArray, Record, Records
from etrms_core.kernels.drawdown import drawdown_fraction, period_loss
from etrms_core.kernels.nav_book import (
    DAY_NAV,
    NAV,
    PEAK,
    advance_unit_row,
    restart,
    start_period,
)
from etrms_core.kernels.scope_ratios import DAILY_LOSS, DRAWDOWN
from etrms_core.kernels.scope_ratios import NAV as NAV_COLUMN
from etrms_core.kernels.simulated_breaker_counts import tally_value
from etrms_core.kernels.simulated_breaker_program import (
    DAY_START,
    EQUITY,
    INITIAL,
    SUMS_FIRST,
    Program,
)
from etrms_core.kernels.simulated_risk import (
    BEGINS,
    CROSSED,
    EXISTS,
    RESTARTED,
    advance_scopes,
    measure_positions,
)
from etrms_core.kernels.simulated_risk import EQUITY as OF_EQUITY

START_NAV = 1.0


@njit(cache=True)
def advance_account(row: FloatArray, equity: float, crossed: int, begins: int) -> bool:
    """Revalue the whole account, as `advance_nav_book` does it; true when its NAV restarted."""
    if crossed:
        for period in range(3):
            if (crossed & ~begins) >> period & 1:
                start_period(row, period)
    restarted = advance_unit_row(row, equity, 0.0)
    if crossed:
        for period in range(3):
            if (crossed & begins) >> period & 1:
                start_period(row, period)
    if restarted:
        restart(row)
    row[PEAK] = max(row[PEAK], row[NAV])
    return bool(restarted)


@njit(cache=True)
def account_value(row: FloatArray, source: int, equity: float) -> float:
    """Read a metric of the whole account that follows from its NAV."""
    if source == DRAWDOWN:
        return drawdown_fraction(row[NAV], row[PEAK])
    if source == NAV_COLUMN:
        return row[NAV]
    if source == EQUITY:
        return equity
    if source == DAY_START:
        return max(period_loss(row[NAV], row[DAY_NAV]), 0.0)
    if source == INITIAL:
        return drawdown_fraction(row[NAV], START_NAV)
    # Baselines stand in the order of the metrics that they belong to.
    return period_loss(row[NAV], row[DAY_NAV + source - DAILY_LOSS])


@njit(cache=True)
def scope_value(
    instance: Record,
    navs: FloatArray,
    tallies: Records,
    worth: FloatArray,
    sums: FloatArray,
    ratios: FloatArray,
) -> float:
    """Read any metric of any scope."""
    source, scope = instance.source, instance.scope
    if source < SUMS_FIRST:
        return ratios[scope, source]
    if source < EQUITY:
        return sums[scope, source - SUMS_FIRST]
    if source == EQUITY:
        return worth[OF_EQUITY, scope]
    if source in (DAY_START, INITIAL):
        return account_value(navs[scope], source, 0.0)
    return tally_value(tallies, instance)


@njit(cache=True)
def read_account(
    instances: Records, readings: Records, nav: FloatArray, equity: float, restarted: bool
) -> None:
    """Write what rules on the NAV of the account read at a close."""
    for row in range(instances.size):
        reading = readings[row]
        reading.nav = nav[NAV]
        reading.value = account_value(nav, instances[row].source, equity)
        reading.nav_restarted = restarted
        reading.is_evaluated = True


@njit(cache=True)
def read_scopes(
    instances: Records,
    readings: Records,
    memory: Records,
    navs: FloatArray,
    tallies: Records,
    worth: FloatArray,
    traits: BoolArray,
    sums: FloatArray,
    ratios: FloatArray,
) -> None:
    """Write what rules on any scope read at a close, once their scope has appeared.

    A peak begins at the NAV that the scope appears with.
    """
    for row in range(instances.size):
        instance, reading = instances[row], readings[row]
        scope = instance.scope
        reading.is_evaluated = traits[EXISTS, scope]
        if not reading.is_evaluated:
            continue
        reading.nav = navs[scope, NAV]
        if not instance.exists:
            instance.exists = True
            memory[row].peak = reading.nav
        reading.value = scope_value(instance, navs, tallies, worth, sums, ratios)
        reading.nav_restarted = traits[RESTARTED, scope]


@njit(cache=True)
def read_risk(
    program: Program,
    risk: Program,
    book: Records,
    equity: float,
    wallet: float,
    crossed: int,
    begins: int,
    as_of_ms: int,
) -> None:
    """Measure positions, revalue every scope and write what the rules read."""
    for period in range(3):
        risk.periods[CROSSED, period] = crossed >> period & 1
        risk.periods[BEGINS, period] = begins >> period & 1
    measure_positions(risk, book, wallet, as_of_ms)
    advance_scopes(
        risk.worth,
        risk.traits,
        risk.periods,
        risk.scope_of,
        risk.sums,
        risk.ratios,
        program.navs,
        program.tallies,
        book,
        equity,
    )
    read_scopes(
        program.instances,
        program.readings,
        program.memory,
        program.navs,
        program.tallies,
        risk.worth,
        risk.traits,
        risk.sums,
        risk.ratios,
    )
