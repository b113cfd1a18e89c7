"""A desk in miniature: accounts in, cycle results out, one memory, one clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from etrms_core.breakers.rule_document import parse_rule
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState, Balance, Flow, FlowKind, LedgerTotal
from etrms_core.domain.events import BreakerEvent, DeskEvent, Event
from etrms_core.domain.policy import DEFAULT_POLICY, RiskPolicy
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.risk_cycle import CycleResult, run_risk_cycle
from tests.builders import NOW, make_account, make_position

NOTIFY = {"kind": "notify"}
CLOSE_ALL = {"kind": "close_all"}
CLOSE_POSITION = {"kind": "close_position"}
HALVE = {"kind": "reduce_position", "fraction": 0.5}
NEVER = float("inf")
# Bars and restarts leave gaps between cycles on purpose.
PATIENT = RiskPolicy(clock_jump_seconds=NEVER)


def make_rule(
    metric: str = "drawdown", threshold: float = 0.1, *actions: Mapping[str, Any], **fields: object
) -> BreakerRule:
    """Build a rule from the words of the public interface; without actions it closes all."""
    return parse_rule(
        {
            "name": "guard",
            "metric": metric,
            "threshold": threshold,
            "actions": list(actions) or [CLOSE_ALL],
            **fields,
        }
    )


@dataclass
class Desk:
    """Runs cycles and remembers."""

    rules: tuple[BreakerRule, ...] = ()
    policy: RiskPolicy = DEFAULT_POLICY
    now: datetime = NOW
    memory: CycleMemory = field(default_factory=CycleMemory)

    def read(
        self, *accounts: AccountState, after: float = 1.0, ages: Mapping[str, float] | None = None
    ) -> CycleResult:
        """Read accounts some seconds later; each is as old as `ages` says, else fresh."""
        self.now += timedelta(seconds=after)
        stamped = [
            self._stamp(account, (ages or {}).get(account.account, 0.0)) for account in accounts
        ]
        result = run_risk_cycle(
            self.memory, stamped, self.rules, as_of=self.now, policy=self.policy
        )
        self.memory = result.memory
        return result

    def _stamp(self, account: AccountState, age: float) -> AccountState:
        if age == NEVER:
            return replace(account, observed_at=None, balances=(), positions=())
        return replace(account, observed_at=self.now - timedelta(seconds=age))


def long_account(
    mark: float | None = 100.0,
    *,
    account: str = "main",
    venue: str = "paper",
    wallet: float = 1000.0,
    quantity: float = 10.0,
    symbol: str = "BTCUSDT",
) -> AccountState:
    """Build an account with one position opened at 100; its equity is the wallet at mark 100."""
    position = make_position(symbol, quantity, 100.0, mark_price=mark)
    return make_account(position, account=account, venue=venue, wallet=wallet)


def held_account(*balances: Balance, account: str = "main", venue: str = "paper") -> AccountState:
    """Build an account without positions that holds these assets."""
    return replace(make_account(account=account, venue=venue), balances=balances)


def with_flows(account: AccountState, *flows: Flow) -> AccountState:
    """Show flows on an account."""
    return replace(account, flows=flows)


def with_ledger(account: AccountState, **nets: float) -> AccountState:
    """Show cumulative realised results by symbol."""
    totals = tuple(LedgerTotal(symbol, realized_pnl=net) for symbol, net in nets.items())
    return replace(account, ledger=totals)


def make_flow(
    amount: float,
    kind: FlowKind = FlowKind.DEPOSIT,
    *,
    flow_id: str = "",
    asset: str = "USDT",
    at: datetime = NOW,
) -> Flow:
    """Build a flow with an id made from its amount."""
    return Flow(flow_id or f"{kind.value}{amount:g}", at, kind, asset, amount)


def breaker_events(source: CycleResult | Iterable[Event]) -> list[BreakerEvent]:
    """Pick the events of breakers."""
    events = source.events if isinstance(source, CycleResult) else source
    return [event for event in events if isinstance(event, BreakerEvent)]


def breaker_kinds(source: CycleResult | Iterable[Event]) -> list[str]:
    """Name the kinds of breaker events in order."""
    return [event.kind.value for event in breaker_events(source)]


def desk_kinds(source: CycleResult | Iterable[Event]) -> list[str]:
    """Name the kinds of desk events in order."""
    events = source.events if isinstance(source, CycleResult) else source
    return [event.kind.value for event in events if isinstance(event, DeskEvent)]


def blocked_scopes(desk: Desk) -> list[str]:
    """Name the scopes whose entries are blocked."""
    return [str(block.scope) for block in desk.memory.blocks]
