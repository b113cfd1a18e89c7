"""What breakers count beside money: the calendar, trades opened and closed, results by symbol."""

from numba import njit

from etrms_core.kernels.arrays import IntArray, Record, Records
from etrms_core.kernels.nav_book import DAY, MONTH, WEEK
from etrms_core.kernels.simulated_breaker_program import ALL_SYMBOLS, LOSSES, NOTHING, Program

NEVER_MS = 2**62


@njit(cache=True)
def following(starts: IntArray, row: int, as_of_ms: int) -> int:
    """Row of the first period that begins after a time."""
    while row < starts.size and starts[row] <= as_of_ms:
        row += 1
    return row


@njit(cache=True)
def next_start(starts: IntArray, row: int) -> int:
    """When a period begins; the end of time where no more are told."""
    return starts[row] if row < starts.size else NEVER_MS


@njit(cache=True)
def turn_pages(program: Program, as_of_ms: int) -> tuple[int, int]:
    """Move the calendar on; bits of the periods that began since, and that begin exactly now."""
    clock = program.clock[0]
    day = following(program.days, clock.day, as_of_ms)
    week = following(program.weeks, clock.week, as_of_ms)
    month = following(program.months, clock.month, as_of_ms)
    crossed, begins = 0, 0
    if day > clock.day:
        crossed |= 1 << DAY
        clock.day_ms = program.days[day - 1]
        begins |= (clock.day_ms == as_of_ms) << DAY
    if week > clock.week:
        crossed |= 1 << WEEK
        begins |= (program.weeks[week - 1] == as_of_ms) << WEEK
    if month > clock.month:
        crossed |= 1 << MONTH
        begins |= (program.months[month - 1] == as_of_ms) << MONTH
    clock.day, clock.week, clock.month = day, week, month
    clock.next_ms = min(
        next_start(program.days, day),
        next_start(program.weeks, week),
        next_start(program.months, month),
    )
    return crossed, begins


@njit(cache=True)
def count_fresh(program: Program, has_new_day: bool) -> None:
    """Count the trades that opened since the last close, if they did so today."""
    for scope in range(program.tallies.size):
        tally = program.tallies[scope]
        if has_new_day:
            tally.trades = 0
        if tally.fresh and tally.fresh_day_ms == program.clock[0].day_ms:
            tally.trades += tally.fresh
        tally.fresh = 0


@njit(cache=True)
def note_result(program: Program, symbol: int, amount: float) -> None:
    """Count money that a symbol earned: realised result less fee of a fill, or funding."""
    tally = program.tallies[symbol]
    tally.result += amount
    tally.exists = True


@njit(cache=True)
def note_trade(program: Program, symbol: int, pnl: float, time_ms: int) -> None:
    """Count a trade that closed with a result after fees, funding left out."""
    for scope in (symbol, program.wishes.size):
        tally = program.tallies[scope]
        tally.streak = tally.streak + 1 if pnl < 0.0 else 0


@njit(cache=True)
def note_entry(program: Program, symbol: int, time_ms: int) -> None:
    """Count a trade that opened; its day is that of the fill."""
    clock = program.clock[0]
    day = following(program.days, clock.day, time_ms)
    day_ms = program.days[day - 1] if day > clock.day else clock.day_ms
    for scope in (symbol, program.wishes.size):
        tally = program.tallies[scope]
        if tally.fresh_day_ms != day_ms:
            tally.fresh = 0
        tally.fresh_day_ms = day_ms
        tally.fresh += 1


@njit(cache=True)
def tally_value(tallies: Records, instance: Record) -> float:
    """Read what a scope counts: its losing streak or its trades of the day."""
    covers = instance.covers
    if instance.source == NOTHING or covers < ALL_SYMBOLS:
        return 0.0
    tally = tallies[tallies.size - 1 if covers == ALL_SYMBOLS else covers]
    return float(tally.streak if instance.source == LOSSES else tally.trades)
