"""Deposits, withdrawals and transfers: money that is no result.

A transfer between watched accounts is in transit from its debit to its credit, matched by amount
less fee within 30 minutes, and stays in the portfolio's equity meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan

from etrms_core.domain.account import AccountState, Flow, FlowKind
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.memory import AccountMemory, CycleMemory, Transfer
from etrms_core.risk.calendar import to_ms
from etrms_core.risk.position_table import asset_prices

TRANSFER_WINDOW = timedelta(minutes=30)
LARGEST_FEE_FRACTION = 0.02
LARGEST_FLAT_FEE = 5.0
MEMORY_MS = 2 * 24 * 3600 * 1000


@dataclass(slots=True)
class FlowTotals:
    """Flows since the last reading, reporting currency, and the transfers that still wait."""

    by_account: dict[str, float]
    portfolio: float
    in_transit: list[Transfer]
    credits: list[Transfer]
    events: list[DeskEvent]


def collect_flows(
    memory: CycleMemory, accounts: Sequence[AccountState], *, as_of: datetime
) -> FlowTotals:
    """Sort the new flows of confirmed accounts into external ones and transfers."""
    totals = FlowTotals({}, 0.0, list(memory.in_transit), list(memory.recent_credits), [])
    for account in accounts:
        for flow, value in new_flows(account, memory.accounts.get(account.account)):
            has_partner = flow.kind is FlowKind.TRANSFER and len(memory.accounts) > 1
            _add_flow(totals, account.account, flow, value, has_partner=has_partner)
    if totals.in_transit or totals.credits:
        _expire(totals, as_of)
    return totals


def known_prices(account: AccountState, known: AccountMemory | None) -> Mapping[str, float]:
    """Price each asset of an account, as now shown or else as last known."""
    shown = {asset: price for asset, price in asset_prices(account).items() if not isnan(price)}
    return shown if known is None else {**known.prices, **shown}


def new_flows(account: AccountState, known: AccountMemory | None) -> list[tuple[Flow, float]]:
    """List flows that were not counted yet with their values in reporting currency.

    An account that was never confirmed has none: what it holds is its start. A flow in an asset
    that never had a price waits until it has one.
    """
    if known is None or not account.flows:
        return []
    prices = known_prices(account, known)
    oldest = max(known.seen_flows.values(), default=0) - MEMORY_MS
    return [
        (flow, flow.amount * prices[flow.asset])
        for flow in account.flows
        if flow.flow_id not in known.seen_flows
        and flow.asset in prices
        and to_ms(flow.occurred_at) >= oldest
    ]


def seen_flows(account: AccountState, known: AccountMemory | None) -> Mapping[str, int]:
    """Remember the flows of a confirmed reading beside those of the last two days."""
    seen = {} if known is None else known.seen_flows
    counted = account.flows if known is None else [flow for flow, _ in new_flows(account, known)]
    if not counted:
        return seen
    together = {**seen, **{flow.flow_id: to_ms(flow.occurred_at) for flow in counted}}
    oldest = max(together.values()) - MEMORY_MS
    return {flow_id: at for flow_id, at in together.items() if at >= oldest}


def _add_flow(
    totals: FlowTotals, account: str, flow: Flow, value: float, *, has_partner: bool
) -> None:
    totals.by_account[account] = totals.by_account.get(account, 0.0) + value
    transfer = Transfer(account, flow.asset, abs(flow.amount), abs(value), flow.occurred_at)
    if not has_partner:
        totals.portfolio += value
        _note(totals, DeskEventKind.FLOW_RECORDED, transfer, f"{flow.kind.value} {flow.amount:+g}")
    elif flow.amount < 0.0:
        _add_debit(totals, transfer)
    else:
        _add_credit(totals, transfer)


def _add_debit(totals: FlowTotals, debit: Transfer) -> None:
    for credit in totals.credits:
        if _match(debit, credit):
            totals.credits.remove(credit)
            totals.portfolio -= credit.value
            _note(totals, DeskEventKind.TRANSFER_ARRIVED, credit, "debit seen after its credit")
            return
    totals.in_transit.append(debit)
    _note(totals, DeskEventKind.TRANSFER_STARTED, debit, f"{debit.amount:g} in transit")


def _add_credit(totals: FlowTotals, credit: Transfer) -> None:
    for debit in totals.in_transit:
        if _match(debit, credit):
            totals.in_transit.remove(debit)
            fee = debit.amount - credit.amount
            _note(totals, DeskEventKind.TRANSFER_ARRIVED, credit, f"fee {fee:g} on the way")
            return
    totals.credits.append(credit)
    totals.portfolio += credit.value
    _note(totals, DeskEventKind.FLOW_RECORDED, credit, f"transfer {credit.amount:+g}")


def _match(debit: Transfer, credit: Transfer) -> bool:
    fee = debit.amount - credit.amount
    largest_fee = max(LARGEST_FLAT_FEE, LARGEST_FEE_FRACTION * debit.amount)
    return (
        debit.account != credit.account
        and debit.asset == credit.asset
        and -1e-9 * debit.amount <= fee <= largest_fee
        and abs(credit.occurred_at - debit.occurred_at) <= TRANSFER_WINDOW
    )


def _expire(totals: FlowTotals, as_of: datetime) -> None:
    for transfer in list(totals.in_transit):
        if as_of - transfer.occurred_at > TRANSFER_WINDOW:
            totals.in_transit.remove(transfer)
            totals.portfolio -= transfer.value
            _note(
                totals,
                DeskEventKind.TRANSFER_LOST,
                transfer,
                f"{transfer.amount:g} did not arrive within 30 minutes: counted as a withdrawal",
            )
    totals.credits = [
        credit for credit in totals.credits if as_of - credit.occurred_at <= TRANSFER_WINDOW
    ]


def _note(totals: FlowTotals, kind: DeskEventKind, transfer: Transfer, text: str) -> None:
    detail = f"{transfer.account}: {text} {transfer.asset}"
    totals.events.append(DeskEvent(transfer.occurred_at, kind, transfer.account, detail))
