"""Risk of a simulated account: the twins of its kernels, and what a close leaves in its tables."""

import numpy as np
import pytest

from etrms_core.kernels import simulated_breaker_plan as plan
from etrms_core.kernels import simulated_breaker_readings as readings
from etrms_core.kernels import simulated_risk as risk
from etrms_core.kernels.scope_sums import GROSS, NET, WORST_FUNDING
from tests.backtest.simulated_markets import HOUR_MS, START_MS
from tests.kernels.breaker_programs import OF_POSITIONS, Closes, closes_of
from tests.kernels.inputs import agree

AT = START_MS + 5 * HOUR_MS


@pytest.fixture
def closes() -> Closes:
    found = closes_of(OF_POSITIONS, 1)
    found.book.mark_price = found.marks[:, 3, 4]
    return found


def test_positions_are_summed_up_in_every_scope_they_belong_to(closes: Closes) -> None:
    tables = closes.program.risk
    risk.measure_positions(tables, closes.book, 10_000.0, AT)
    sizes = closes.book.quantity * closes.book.mark_price
    portfolio, own = 0, tables.scope_of
    assert tables.sums[portfolio, GROSS] == pytest.approx(np.abs(sizes).sum())
    assert tables.sums[own[risk.EXCHANGE], NET] == pytest.approx(sizes.sum())
    assert tables.sums[own[risk.STRATEGY], NET] == pytest.approx(sizes.sum())
    assert tables.sums[own[1], NET] == pytest.approx(sizes[1])


def test_a_flat_symbol_is_no_member_of_anything(closes: Closes) -> None:
    tables = closes.program.risk
    closes.book.quantity[0] = 0.0
    closes.book.mark_price[0] = np.nan
    risk.measure_positions(tables, closes.book, 10_000.0, AT)
    assert tables.sums[tables.scope_of[0], GROSS] == 0.0
    assert not np.isnan(tables.sums[:, :WORST_FUNDING]).any()


def test_measuring_agrees_with_its_twins(closes: Closes) -> None:
    tables, book = closes.program.risk, closes.book
    given, laid = tables.tiers, tables.open_tiers
    agree(
        risk.lay_positions, tables.places, tables.money, tables.members, tables.scope_of, book, AT
    )
    risk.measure_positions(tables, book, 10_000.0, AT)
    agree(risk.measure_positions, tables, book, 9_000.0, AT)
    agree(
        risk.sum_positions,
        tables.places,
        tables.money,
        tables.is_isolated,
        tables.account,
        tables.members,
        tables.shares,
        laid,
        2,
        2,
        tables.sums,
    )
    agree(risk.lay_tiers, *given, *laid, tables.places, 2)
    agree(plan.position_value, tables, risk.LOSS, 0)


def test_scopes_agree_with_their_twins(closes: Closes) -> None:
    program, book = closes.program, closes.book
    tables = program.risk
    agree(readings.read_risk, program, tables, book, 9_900.0, 10_000.0, 1, 0, AT)
    readings.read_risk(program, tables, book, 9_900.0, 10_000.0, 1, 0, AT)
    worth = (tables.worth, tables.traits)
    agree(risk.add_results, *worth, tables.scope_of, program.navs, program.tallies, book)
    own = (program.navs, program.tallies)
    agree(
        risk.advance_scopes,
        *worth,
        tables.periods,
        tables.scope_of,
        tables.sums,
        tables.ratios,
        *own,
        book,
        9_800.0,
    )
    rows = (program.instances, program.readings, program.memory)
    agree(readings.read_scopes, *rows, *own, *worth, tables.sums, tables.ratios)
    for row in range(program.instances.size):
        instance = program.instances[row]
        agree(readings.scope_value, instance, *own, tables.worth, tables.sums, tables.ratios)
