"""What one risk cycle hands to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from etrms_core.breakers.breaker_book import BreakerBook, InstanceKey, InstanceTable
from etrms_core.domain.identifiers import PositionKey, Scope
from etrms_core.engine.restrictions import Restriction
from etrms_core.risk.nav import NavBook
from etrms_core.risk.scope_layout import ScopeLayout, StrategyShares
from etrms_core.risk.snapshot import DataQuality
from etrms_core.risk.trade_ledger import TradeLedger


@dataclass(frozen=True, slots=True)
class AccountMemory:
    """The last confirmed reading of one account.

    Attributes
    ----------
    amounts : mapping
        Wallet balance by asset, units.
    net_results : mapping or None
        Realised result less fees plus funding by symbol, quote currency; None where not told.
    marked_results : mapping or None
        The same plus the unrealised result, reporting currency.
    equity : float
        Reporting currency, always known.
    seen_flows : mapping
        Flows that were counted, with their times in ms, of the last two days.
    prices : mapping
        Last known price of each asset, reporting currency per unit.
    """

    venue: str
    amounts: Mapping[str, float]
    net_results: Mapping[str, float] | None
    marked_results: Mapping[str, float] | None
    equity: float
    seen_flows: Mapping[str, int] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One side of a transfer that waits for the other: `amount` units worth `value`."""

    account: str
    asset: str
    amount: float
    value: float
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class KillSwitch:
    """The kill switch while it is on.

    Attributes
    ----------
    flatten : bool
        Whether positions are closed, and stops cancelled once everything is flat.
    is_done : bool
        Nothing is left to do; the halt itself lasts until a person resumes.
    """

    since: datetime
    reason: str
    flatten: bool
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class CompiledLayout:
    """Scopes and rule instances kept while nothing that they depend on changes."""

    key: tuple[object, ...]
    shares: StrategyShares
    layout: ScopeLayout
    instances: InstanceTable


@dataclass(frozen=True, slots=True, eq=False)
class CycleMemory:
    """Memory of the risk cycle; `CycleMemory()` is the empty one.

    Attributes
    ----------
    in_transit, recent_credits : tuple of Transfer
        Debits whose credit has not shown, and credits of the last 30 minutes.
    pending_flows : mapping
        Flows of scopes whose equity has been unknown since, reporting currency.
    held_accounts : frozenset of str
        Accounts whose equity jumped unexplained at the last reading.
    owed : mapping
        By (rule, scope) that fired on stale data: the positions it could not reduce then.
    forced : frozenset of str
        Rules that a person triggers by hand at the next cycle.
    compiled : CompiledLayout or None
        A cache; leaving it out changes no result.
    """

    as_of: datetime | None = None
    accounts: Mapping[str, AccountMemory] = field(default_factory=dict)
    qualities: Mapping[str, DataQuality] = field(default_factory=dict)
    navs: NavBook = field(default_factory=NavBook)
    breakers: BreakerBook = field(default_factory=BreakerBook)
    ledger: TradeLedger = field(default_factory=TradeLedger)
    restrictions: tuple[Restriction, ...] = ()
    blocks: tuple[Restriction, ...] = ()
    in_transit: tuple[Transfer, ...] = ()
    recent_credits: tuple[Transfer, ...] = ()
    pending_flows: Mapping[Scope, float] = field(default_factory=dict)
    held_accounts: frozenset[str] = frozenset()
    owed: Mapping[InstanceKey, tuple[PositionKey, ...]] = field(default_factory=dict)
    known_scopes: tuple[Scope, ...] = ()
    kill_switch: KillSwitch | None = None
    forced: frozenset[str] = frozenset()
    compiled: CompiledLayout | None = None
