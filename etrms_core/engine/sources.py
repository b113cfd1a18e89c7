"""How old each account's reading is, and what that makes of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf

from etrms_core.domain.account import AccountState
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.policy import RiskPolicy
from etrms_core.risk.snapshot import DataQuality, SourceReading

KINDS = {
    DataQuality.FRESH: DeskEventKind.SOURCE_FRESH,
    DataQuality.STALE: DeskEventKind.SOURCE_STALE,
    DataQuality.UNKNOWN: DeskEventKind.SOURCE_UNKNOWN,
}


def read_sources(
    accounts: Sequence[AccountState], *, as_of: datetime, policy: RiskPolicy
) -> tuple[SourceReading, ...]:
    """Judge the age of every account: FRESH, STALE (still counts), or UNKNOWN."""
    return tuple(_source(account, as_of, policy) for account in accounts)


def _source(account: AccountState, as_of: datetime, policy: RiskPolicy) -> SourceReading:
    if account.observed_at is None:
        return SourceReading(account.account, account.venue, inf, DataQuality.UNKNOWN)
    age = max(0.0, (as_of - account.observed_at).total_seconds())
    if age <= policy.stale_after_seconds:
        quality = DataQuality.FRESH
    elif age <= policy.stale_after_seconds + policy.carry_seconds:
        quality = DataQuality.STALE
    else:
        quality = DataQuality.UNKNOWN
    return SourceReading(account.account, account.venue, age, quality)


def age_in_words(source: SourceReading) -> str:
    """Say how old a source is."""
    if source.age_seconds == inf:
        return f"{source.account} was never read"
    return f"{source.account} was last read {source.age_seconds:.0f} s ago"


def source_events(
    sources: Sequence[SourceReading], previous: Mapping[str, DataQuality], *, as_of: datetime
) -> tuple[DeskEvent, ...]:
    """Report the sources whose quality changed; a first fresh reading is no news."""
    return tuple(
        DeskEvent(as_of, KINDS[source.quality], source.account, age_in_words(source))
        for source in sources
        if source.quality is not previous.get(source.account, DataQuality.FRESH)
    )
