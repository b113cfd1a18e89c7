"""The one path from account states to commands: live, on paper and in replays.

Pure: no clock, no input or output, no globals. `as_of` is the injected clock's reading.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.commands import Command
from etrms_core.domain.events import DeskEvent, DeskEventKind, Event
from etrms_core.domain.policy import DEFAULT_POLICY, RiskPolicy
from etrms_core.engine.breaker_cycle import evaluate_breakers, start_breakers
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.reading import Reading, read_risk
from etrms_core.errors import DomainError
from etrms_core.risk.snapshot import RiskSnapshot


@dataclass(frozen=True, slots=True)
class CycleResult:
    """Everything one cycle decided; nothing has been executed yet."""

    memory: CycleMemory
    snapshot: RiskSnapshot
    commands: tuple[Command, ...]
    events: tuple[Event, ...]


def run_risk_cycle(
    memory: CycleMemory,
    accounts: Sequence[AccountState],
    rules: Sequence[BreakerRule],
    *,
    as_of: datetime,
    policy: RiskPolicy = DEFAULT_POLICY,
) -> CycleResult:
    """Measure risk, advance the breakers and plan their commands.

    Parameters
    ----------
    memory : CycleMemory
        What the last cycle returned; `CycleMemory()` at the very start.
    accounts : sequence of AccountState
        The last known state of every account of the desk, in any order; one that could never be
        read has `observed_at` None.
    rules : sequence of BreakerRule
        In saved order; ids must differ.
    as_of : datetime
        Now, aware. A time before the last cycle's counts as the last cycle's.

    Returns
    -------
    CycleResult
        New memory, snapshot, commands to carry out in order, events to record.

    Raises
    ------
    DomainError
        If there is no account, an account is named twice, two rules share an id or `as_of` is
        naive.
    """
    reading = _read(memory, accounts, rules, as_of, policy)
    evaluated = evaluate_breakers(reading, memory, policy)
    events = (*reading.events, *evaluated.events)
    return CycleResult(evaluated.memory, reading.snapshot, evaluated.commands, events)


def start_memory(
    accounts: Sequence[AccountState],
    rules: Sequence[BreakerRule],
    *,
    as_of: datetime,
    policy: RiskPolicy = DEFAULT_POLICY,
) -> CycleResult:
    """Take the first reading without evaluating a rule: NAV, peaks and baselines begin here."""
    memory = CycleMemory()
    reading = _read(memory, accounts, rules, as_of, policy)
    return CycleResult(start_breakers(reading, memory), reading.snapshot, (), reading.events)


def explained_by_start(events: Sequence[Event]) -> tuple[Event, ...]:
    """Tell the gap before the first cycle of a process as what it is: nobody ran, no clock jumped.

    The cycle itself cannot know: with the same memory it gives the same result in every process.
    """
    return tuple(map(_as_start, events))


def _as_start(event: Event) -> Event:
    match event:
        case DeskEvent(kind=DeskEventKind.CLOCK_JUMPED, detail=detail):
            text = f"the monitor runs again: {detail}, and no breaker was looked at in between"
            return replace(
                event, kind=DeskEventKind.MONITOR_STARTED, subject="monitor", detail=text
            )
        case _:
            return event


def _read(
    memory: CycleMemory,
    accounts: Sequence[AccountState],
    rules: Sequence[BreakerRule],
    as_of: datetime,
    policy: RiskPolicy,
) -> Reading:
    if as_of.tzinfo is None:
        raise DomainError("as_of must carry a time zone")
    ordered = sorted(accounts, key=lambda account: account.account)
    if not ordered:
        raise DomainError("a risk cycle needs at least one account")
    _require_distinct("accounts", [account.account for account in ordered])
    _require_distinct("rules", [rule.rule_id for rule in rules])
    # In any other zone arithmetic would be that of its wall clock, an hour wrong twice a year.
    now, news = _steady_clock(memory, as_of.astimezone(UTC), policy)
    reading = read_risk(memory, ordered, tuple(rules), as_of=now, policy=policy)
    return replace(reading, events=(*news, *reading.events)) if news else reading


def _require_distinct(what: str, names: list[str]) -> None:
    if len(set(names)) < len(names):
        raise DomainError(f"{what} need different names, were {sorted(names)}")


def _steady_clock(
    memory: CycleMemory, as_of: datetime, policy: RiskPolicy
) -> tuple[datetime, tuple[DeskEvent, ...]]:
    last = memory.as_of
    if last is None:
        return as_of, ()
    gap = (as_of - last).total_seconds()
    if gap < 0.0:
        text = f"the clock went back by {-gap:.3f} s; the last time counts until it catches up"
        return last, (DeskEvent(last, DeskEventKind.CLOCK_WENT_BACK, "clock", text),)
    if gap > policy.clock_jump_seconds:
        text = f"{gap:.1f} s passed since the last cycle"
        return as_of, (DeskEvent(as_of, DeskEventKind.CLOCK_JUMPED, "clock", text),)
    return as_of, ()
