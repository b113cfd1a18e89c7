"""The ledger of a paper account: what its fills, funding payments and flows did to the wallet.

Nothing of it is written down twice: entries follow from the news that a commit stores.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from etrms_core.adapters.exchanges.paper.account_view import ASSET
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.storage.moments import MICROSECOND, to_us
from etrms_core.domain.account import Flow, FundingPayment
from etrms_core.domain.ledger import LedgerEntry, LedgerKind, LedgerPage
from etrms_core.domain.order import Fill
from etrms_core.errors import DomainError


def fill_entries(fill: Fill) -> tuple[LedgerEntry, ...]:
    """Write the realised result and the fee of a fill; what is 0 moved nothing."""
    amounts = ((LedgerKind.REALIZED_PNL, fill.realized_pnl), (LedgerKind.FEE, -fill.fee))
    return tuple(
        LedgerEntry(
            entry_id=f"{fill.fill_id}:{kind.value}",
            occurred_at=fill.filled_at,
            kind=kind,
            symbol=fill.symbol,
            amount=amount,
            asset=ASSET,
        )
        for kind, amount in amounts
        if amount != 0.0
    )


def funding_entries(payment: FundingPayment) -> tuple[LedgerEntry, ...]:
    """Write the funding of one leg at one settlement; none when it was 0."""
    if payment.amount == 0.0:
        return ()
    entry = LedgerEntry(
        entry_id=f"funding:{funding_id(payment)}",
        occurred_at=payment.paid_at,
        kind=LedgerKind.FUNDING,
        symbol=payment.symbol,
        amount=payment.amount,
        asset=ASSET,
    )
    return (entry,)


def funding_id(payment: FundingPayment) -> str:
    """Name a payment: a leg is settled once at a time."""
    return f"{payment.symbol}:{payment.side.value}:{to_us(payment.paid_at)}"


def flow_entries(flow: Flow) -> tuple[LedgerEntry, ...]:
    """Write a deposit, withdrawal or transfer."""
    entry = LedgerEntry(
        entry_id=flow.flow_id,
        occurred_at=flow.occurred_at,
        kind=LedgerKind.TRANSFER,
        amount=flow.amount,
        asset=flow.asset,
    )
    return (entry,)


def page_of(entries: Iterable[LedgerEntry], *, since: datetime, limit: int) -> LedgerPage:
    """Cut a page of whole moments out of entries in any order."""
    require_limit(limit)
    wanted = sorted(
        (each for each in entries if each.occurred_at >= since), key=lambda each: each.occurred_at
    )
    if len(wanted) <= limit:
        return LedgerPage(tuple(wanted))
    last = wanted[limit - 1].occurred_at
    return LedgerPage(
        tuple(each for each in wanted if each.occurred_at <= last), next_since=last + MICROSECOND
    )


def require_limit(limit: int) -> None:
    """Refuse a page that could hold nothing."""
    if limit < 1:
        raise DomainError(f"a page of the ledger holds at least 1 entry, was {limit}")


@dataclass(slots=True)
class NewsBook:
    """The ledger of an account that no database keeps, since it was opened."""

    fills: list[Fill] = field(default_factory=list)
    funding: list[FundingPayment] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)

    def note(self, state: PaperState) -> None:
        """Keep the news of a state, before they are cleared."""
        self.fills += state.news_fills
        self.funding += state.news_funding
        self.flows += state.news_flows

    def entries(self) -> list[LedgerEntry]:
        """Return everything that was noted."""
        return [
            *(entry for flow in self.flows for entry in flow_entries(flow)),
            *(entry for fill in self.fills for entry in fill_entries(fill)),
            *(entry for payment in self.funding for entry in funding_entries(payment)),
        ]
