"""Scripted paths of a desk, lived through with and without restarts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from etrms_core.domain.account import AccountState, FlowKind
from etrms_core.domain.commands import Command
from etrms_core.domain.events import Event
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_hash
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.services.cycle_records import CycleInputs
from etrms_core.services.risk_monitor import decide
from tests.builders import make_fill
from tests.engine.desk import CLOSE_ALL, HALVE, NEVER, NOTIFY, long_account, make_flow, make_rule

PAUSE = {"kind": "pause_trading", "seconds": 6.0}
REDUCE_ONLY = {"kind": "reduce_only_mode"}
RULES = (
    make_rule("drawdown", 0.05, HALVE, name="half", cooldown_seconds=4.0, reset_threshold=0.02),
    make_rule("drawdown", 0.12, CLOSE_ALL, name="latch", latched=True, scope={"kind": "exchange"}),
    make_rule("position_loss", 0.08, PAUSE, name="pause", scope={"kind": "symbol"}),
    make_rule("daily_loss", 0.06, REDUCE_ONLY, name="mode", cooldown_seconds=2.0),
    make_rule("weekly_loss", 0.03, NOTIFY, name="week"),
    make_rule("monthly_loss", 0.03, NOTIFY, name="month"),
    make_rule("gross_exposure", 1_950.0, PAUSE, comparison="<=", for_seconds=3.0, name="hold"),
    make_rule("consecutive_losses", 2.0, NOTIFY, name="losses", scope={"kind": "strategy"}),
    make_rule("trades_per_day", 2.0, PAUSE, name="trades"),
    make_rule("gross_leverage", 9.0, HALVE, on_unknown="trigger", name="blind"),
    make_rule(
        "drawdown", 0.04, NOTIFY, name="again", drawdown_peak="since_rearm", cooldown_seconds=2.0
    ),
    make_rule("equity", 1_930.0, HALVE, comparison="<=", name="bars", evaluate="bar_close"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One cycle: seconds since the last, what two accounts show, how old it is, what is asked.

    `quantities` and `wallets` are of accounts a and b; a transfer is money that leaves a (below 0)
    or comes to b; a deposit comes to a; a trade is the result of a round trip of strategy
    `trend` in a.
    """

    after: float = 1.0
    mark: float | None = 100.0
    quantities: tuple[float, float] = (10.0, 10.0)
    wallets: tuple[float, float] = (1_000.0, 1_000.0)
    ages: Mapping[str, float] = field(default_factory=dict)
    transfer: float = 0.0
    deposit: float = 0.0
    trade: float | None = None
    requests: tuple[tuple[RequestKind, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What one cycle of a path showed to the world, and what it remembers: parts, and the hash.

    The hash hears nothing of what the document itself leaves out or cuts short; `kept` does.
    """

    commands: tuple[Command, ...]
    events: tuple[Event, ...]
    values: tuple[float, ...]
    kept: tuple[object, ...]
    memory_hash: str


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """A path that was lived through: what each cycle told, and the last memory."""

    told: tuple[Told, ...]
    memory: CycleMemory
    states: tuple[CycleMemory, ...]


Restart = Callable[[CycleMemory], CycleMemory]


def never(memory: CycleMemory) -> CycleMemory:
    """Go on without a restart."""
    return memory


def live(
    steps: Sequence[Step],
    *,
    start: datetime,
    time_zone: str,
    restart: Restart = never,
    restarts_at: frozenset[int] | None = None,
) -> Life:
    """Live through a path, restarting before the cycles named (before each when None)."""
    memory, now = CycleMemory(), start
    told, states = [], []
    policy = RiskPolicy(time_zone=time_zone)
    for number, step in enumerate(steps):
        now += timedelta(seconds=step.after)
        if restarts_at is None or number in restarts_at:
            memory = restart(memory)
        inputs = CycleInputs(
            as_of=now,
            accounts=tuple(_account(step, place, number, now) for place in (0, 1)),
            rules=RULES,
            requests=tuple(DeskRequest(kind, subject, now) for kind, subject in step.requests),
            policy=policy,
        )
        result, events = decide(memory, inputs)
        memory = result.memory
        values = tuple(np.nan_to_num(result.snapshot.values, nan=-1e99).ravel().tolist())
        kept = (memory.restrictions, memory.in_transit, memory.owed, memory.ledger)
        told.append(Told(result.commands, events, values, kept, memory_hash(memory)))
        states.append(memory)
    return Life(tuple(told), memory, tuple(states))


def _account(step: Step, place: int, number: int, now: datetime) -> AccountState:
    name, venue = ("a", "paper") if place == 0 else ("b", "other")
    quantity = step.quantities[place]
    account = long_account(
        step.mark, account=name, venue=venue, wallet=step.wallets[place], quantity=quantity or 1.0
    )
    if not quantity:
        account = replace(account, positions=())
    if step.transfer and (step.transfer < 0.0) == (place == 0):
        flow = make_flow(step.transfer, FlowKind.TRANSFER, flow_id=f"{name}{number}", at=now)
        account = replace(account, flows=(flow,))
    if step.deposit and place == 0:
        flow = make_flow(step.deposit, flow_id=f"{name}{number}d", at=now)
        account = replace(account, flows=(*account.flows, flow))
    if step.trade is not None and place == 0:
        account = replace(account, fills=_round_trip(step.trade, number, now))
    age = step.ages.get(name, 0.0)
    if age == NEVER:
        return replace(account, observed_at=None, balances=(), positions=())
    return replace(account, observed_at=now - timedelta(seconds=age))


def _round_trip(result: float, number: int, now: datetime) -> tuple[Any, ...]:
    bought = make_fill(f"{number}b", 1.0, strategy="trend", filled_at=now)
    sold = make_fill(f"{number}s", -1.0, strategy="trend", realized_pnl=result, filled_at=now)
    return bought, sold


def utc(year: int, month: int, day: int, hour: int) -> datetime:
    """Build a moment in UTC."""
    return datetime(year, month, day, hour, tzinfo=UTC)
