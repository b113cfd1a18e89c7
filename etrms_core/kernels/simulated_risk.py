"""Risk of a simulated account at a close: every metric of every scope, by the live formulas."""

from typing import NamedTuple

from numba import njit

from etrms_core.kernels.account import unrealized_pnl
from etrms_core.kernels.arrays import BoolArray, FloatArray, IntArray, Records
from etrms_core.kernels.margin import Tiers
from etrms_core.kernels.nav_book import RESULT, advance_nav_book
from etrms_core.kernels.portfolio import (
    AccountReadings,
    PositionReadings,
    Positions,
    measure_accounts,
    measure_liquidation,
)
from etrms_core.kernels.scope_ratios import scope_ratios
from etrms_core.kernels.scope_sums import Membership, PositionFacts, sum_scopes

# Rows of `places`: of the open positions side by side; OWN_ROW: where a symbol's position stands.
ACCOUNT, SYMBOL, OTHER_LEG, OWN_ROW = range(4)
# Rows of `money`: what is known of a position, then the readings of `portfolio` in its order.
QUANTITY, ENTRY, MARK, ONE, LEVERAGE, MARGIN, UNGUARDED, HELD_SECONDS, FUNDING = range(9)
(
    NOTIONAL,
    UNREALIZED,
    MAINTENANCE,
    INITIAL,
    LIQUIDATION_PRICE,
    LIQUIDATION_DISTANCE,
    LOSS,
    MARGIN_RATIO,
) = range(9, 17)
MONEY_ROWS = 17
# Every open position is a member of portfolio, exchange, symbol and strategy.
SCOPES_OF_A_POSITION = 4
MEMBER_POSITION, MEMBER_SCOPE = 0, 1
EQUITY, FLOW = 0, 1
HAS_UNITS, IS_SYMBOL, RESTARTED, EXISTS = range(4)
CROSSED, BEGINS = 0, 1
# Rows of `scope_of` after those of the symbols.
EXCHANGE, STRATEGY = -2, -1


class RiskTables(NamedTuple):
    """Room for the readings of a simulated account.

    Attributes
    ----------
    tiers, open_tiers : Tiers
        By symbol, and of the open positions.
    places : ndarray of int64 of shape (4, n_symbols)
    money : ndarray of shape (MONEY_ROWS, n_symbols)
    is_isolated : ndarray of bool of shape (n_symbols,)
    account : ndarray of shape (8, 1)
        As `portfolio.AccountReadings`.
    members : ndarray of int64 of shape (2, SCOPES_OF_A_POSITION * n_symbols)
    shares : ndarray of shape (SCOPES_OF_A_POSITION * n_symbols,)
        All of it is one strategy's: ones.
    scope_of : ndarray of int64 of shape (n_symbols + 2,)
        Scope of each symbol, of the exchange and of the strategy.
    worth : ndarray of shape (2, n_scopes)
        Equity and flows.
    traits : ndarray of bool of shape (4, n_scopes)
    periods : ndarray of bool of shape (2, 3)
        Whether day, week and month began since the last close, and begin at this one.
    sums, ratios : ndarray of shape (n_scopes, columns)
    """

    tiers: Tiers
    open_tiers: Tiers
    places: IntArray
    money: FloatArray
    is_isolated: BoolArray
    account: FloatArray
    members: IntArray
    shares: FloatArray
    scope_of: IntArray
    worth: FloatArray
    traits: BoolArray
    periods: BoolArray
    sums: FloatArray
    ratios: FloatArray


@njit(cache=True)
def lay_tiers(
    given_first: IntArray,
    given_floor: FloatArray,
    given_rate: FloatArray,
    given_amount: FloatArray,
    first: IntArray,
    floor: FloatArray,
    rate: FloatArray,
    amount: FloatArray,
    places: IntArray,
    count: int,
) -> None:
    """Copy the margin tiers of the open positions one after another."""
    at = 0
    for row in range(count):
        symbol = places[SYMBOL, row]
        for tier in range(given_first[symbol], given_first[symbol + 1]):
            floor[at] = given_floor[tier]
            rate[at] = given_rate[tier]
            amount[at] = given_amount[tier]
            at += 1
        first[row + 1] = at


@njit(cache=True)
def lay_positions(
    places: IntArray,
    money: FloatArray,
    members: IntArray,
    scope_of: IntArray,
    book: Records,
    as_of_ms: int,
) -> int:
    """Lay the open positions side by side with the scopes they belong to; returns their number."""
    row = 0
    for symbol in range(book.size):
        position = book[symbol]
        places[OWN_ROW, symbol] = -1
        if position.quantity == 0.0:
            continue
        places[ACCOUNT, row] = 0
        places[SYMBOL, row] = symbol
        places[OTHER_LEG, row] = -1
        places[OWN_ROW, symbol] = row
        money[QUANTITY, row] = position.quantity
        money[ENTRY, row] = position.entry_price
        money[MARK, row] = position.mark_price
        money[ONE, row] = 1.0
        money[LEVERAGE, row] = position.leverage
        money[MARGIN, row] = position.isolated_margin
        money[UNGUARDED, row] = 0.0 if position.guarded else 1.0
        money[HELD_SECONDS, row] = (as_of_ms - position.opened_ms) / 1000.0
        side = 1.0 if position.quantity > 0.0 else -1.0
        money[FUNDING, row] = position.funding_rate * side
        at = SCOPES_OF_A_POSITION * row
        members[MEMBER_POSITION, at : at + SCOPES_OF_A_POSITION] = row
        members[MEMBER_SCOPE, at] = 0
        members[MEMBER_SCOPE, at + 1] = scope_of[book.size]
        members[MEMBER_SCOPE, at + 2] = scope_of[symbol]
        members[MEMBER_SCOPE, at + 3] = scope_of[book.size + 1]
        row += 1
    return row


@njit(cache=True)
def sum_positions(
    places: IntArray,
    money: FloatArray,
    is_isolated: BoolArray,
    held: FloatArray,
    members: IntArray,
    shares: FloatArray,
    open_tiers: Tiers,
    count: int,
    symbols: int,
    sums: FloatArray,
) -> None:
    """Measure positions laid side by side and sum them up by scope."""
    positions = Positions(
        places[ACCOUNT, :count],
        places[SYMBOL, :count],
        places[OTHER_LEG, :count],
        money[QUANTITY, :count],
        money[ENTRY, :count],
        money[MARK, :count],
        money[ONE, :count],
        money[LEVERAGE, :count],
        money[MARGIN, :count],
        is_isolated[:count],
        money[UNGUARDED, :count],
    )
    readings = PositionReadings(
        money[NOTIONAL, :count],
        money[UNREALIZED, :count],
        money[MAINTENANCE, :count],
        money[INITIAL, :count],
        money[LIQUIDATION_PRICE, :count],
        money[LIQUIDATION_DISTANCE, :count],
        money[LOSS, :count],
        money[MARGIN_RATIO, :count],
    )
    accounts = AccountReadings(
        held[0], held[1], held[2], held[3], held[4], held[5], held[6], held[7]
    )
    measure_accounts(positions, open_tiers, readings, accounts)
    measure_liquidation(positions, open_tiers, readings, accounts)
    facts = PositionFacts(money[HELD_SECONDS, :count], money[FUNDING, :count])
    last = SCOPES_OF_A_POSITION * count
    joined = Membership(
        members[MEMBER_POSITION, :last], members[MEMBER_SCOPE, :last], shares[:last]
    )
    sum_scopes(positions, readings, facts, joined, symbols, sums)


@njit(cache=True)
def measure_positions(risk: RiskTables, book: Records, wallet: float, as_of_ms: int) -> None:
    """Measure the open positions and sum them up by scope."""
    count = lay_positions(risk.places, risk.money, risk.members, risk.scope_of, book, as_of_ms)
    given, laid = risk.tiers, risk.open_tiers
    lay_tiers(
        given.first,
        given.floor,
        given.rate,
        given.amount,
        laid.first,
        laid.floor,
        laid.rate,
        laid.amount,
        risk.places,
        count,
    )
    risk.account[:2] = wallet
    sum_positions(
        risk.places,
        risk.money,
        risk.is_isolated,
        risk.account,
        risk.members,
        risk.shares,
        laid,
        count,
        book.size,
        risk.sums,
    )


@njit(cache=True)
def add_results(
    worth: FloatArray,
    traits: BoolArray,
    scope_of: IntArray,
    navs: FloatArray,
    tallies: Records,
    book: Records,
) -> None:
    """Add what every symbol earned since the last close.

    The strategy earns it with the positions that it holds, or held at the last close. Symbols
    exist from their first fill on, the strategy from the first close with a position.
    """
    strategy = scope_of[book.size + 1]
    worth[EQUITY, strategy] = navs[strategy, RESULT]
    for symbol in range(book.size):
        position, tally = book[symbol], tallies[symbol]
        is_held = position.quantity != 0.0
        marked = tally.result
        if is_held:
            marked += unrealized_pnl(position.quantity, position.entry_price, position.mark_price)
            traits[EXISTS, strategy] = True
        scope = scope_of[symbol]
        worth[EQUITY, scope] = navs[scope, RESULT] + (marked - tally.marked)
        if is_held or tally.was_held:
            worth[EQUITY, strategy] += marked - tally.marked
        tally.marked = marked
        tally.was_held = is_held
        if tally.exists or is_held:
            traits[EXISTS, scope] = True


@njit(cache=True)
def advance_scopes(
    worth: FloatArray,
    traits: BoolArray,
    periods: BoolArray,
    scope_of: IntArray,
    sums: FloatArray,
    ratios: FloatArray,
    navs: FloatArray,
    tallies: Records,
    book: Records,
    equity: float,
) -> None:
    """Revalue every scope and take its ratios."""
    for scope in range(navs.shape[0]):
        worth[EQUITY, scope] = 0.0 if traits[HAS_UNITS, scope] else navs[scope, RESULT]
    add_results(worth, traits, scope_of, navs, tallies, book)
    worth[EQUITY, 0] = equity
    worth[EQUITY, scope_of[book.size]] = equity
    advance_nav_book(
        navs,
        worth[EQUITY],
        worth[FLOW],
        traits[HAS_UNITS],
        periods[CROSSED],
        periods[BEGINS],
        traits[RESTARTED],
    )
    for scope in range(navs.shape[0]):
        if not traits[HAS_UNITS, scope]:
            worth[EQUITY, scope] = equity
    scope_ratios(sums, navs, worth[EQUITY], traits[IS_SYMBOL], ratios)
