"""Balances, money that came or went, and results by symbol of one account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.presenters.cells import Cell, tone_of, unknown
from app.presenters.csv_export import Value, csv_text
from app.presenters.numbers import money, percent, plain, quantity, signed
from app.presenters.times import clock_and_date, duration
from etrms_core.domain.account import AccountState, Balance, Flow


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One asset of the wallet."""

    asset: Cell
    amount: Cell
    price: Cell
    value: Cell
    haircut: Cell


@dataclass(frozen=True, slots=True)
class FlowRow:
    """A deposit, withdrawal or transfer."""

    time: Cell
    kind: Cell
    amount: Cell


@dataclass(frozen=True, slots=True)
class ResultRow:
    """Realised result, fees and funding of a symbol."""

    name: Cell
    realized: Cell
    fees: Cell
    funding: Cell
    net: Cell


def balance_rows(account: AccountState, *, now: datetime) -> tuple[BalanceRow, ...]:
    """Show every asset with its price and the age of the reading that told it."""
    age = None if account.observed_at is None else (now - account.observed_at).total_seconds()
    return tuple(_balance(balance, f"{duration(age)} old") for balance in account.balances)


def flow_rows(account: AccountState, *, zone: ZoneInfo, now: datetime) -> tuple[FlowRow, ...]:
    """Show deposits, withdrawals and transfers, newest first."""
    newest = sorted(account.flows, key=lambda flow: flow.occurred_at, reverse=True)
    return tuple(_flow(flow, zone, now) for flow in newest)


def symbol_rows(account: AccountState) -> tuple[ResultRow, ...]:
    """Show results by symbol since the account is watched; symbols without any are left out."""
    return tuple(
        _result(Cell(each.symbol), each.realized_pnl, each.fees, each.funding)
        for each in sorted(account.ledger or (), key=lambda each: each.symbol)
        if each.realized_pnl or each.fees or each.funding
    )


def balances_csv(accounts: Sequence[AccountState]) -> str:
    """Write the balances of all accounts; an unknown price is an empty cell."""
    rows: list[dict[str, Value]] = [
        {
            "account": account.account,
            "venue": account.venue,
            "mode": "paper" if account.is_paper else "live",
            "asset": balance.asset,
            "amount": balance.amount,
            "price_usd": balance.price,
            "haircut": balance.haircut,
            "observed_at": _iso(account.observed_at),
        }
        for account in accounts
        for balance in account.balances
    ]
    columns = ("account", "venue", "mode", "asset", "amount", "price_usd", "haircut", "observed_at")
    return csv_text(rows, columns=columns)


def flows_csv(accounts: Sequence[AccountState]) -> str:
    """Write the flows of all accounts."""
    rows: list[dict[str, Value]] = [
        {
            "account": account.account,
            "occurred_at": flow.occurred_at.isoformat(),
            "kind": flow.kind.value,
            "asset": flow.asset,
            "amount": flow.amount,
            "id": flow.flow_id,
        }
        for account in accounts
        for flow in account.flows
    ]
    return csv_text(rows, columns=("account", "occurred_at", "kind", "asset", "amount", "id"))


def _balance(balance: Balance, age: str) -> BalanceRow:
    reason = f"no price of {balance.asset} is known"
    size = quantity(balance.amount) if balance.amount >= 0.0 else f"-{quantity(balance.amount)}"
    if balance.price is None:
        price, value = unknown(reason), unknown(reason)
    else:
        price = Cell(f"{quantity(balance.price)} USD", age)
        value = Cell(money(balance.amount * balance.price))
    return BalanceRow(
        asset=Cell(balance.asset),
        amount=Cell(size.replace("-", "\N{MINUS SIGN}")),
        price=price,
        value=value,
        haircut=Cell(percent(balance.haircut, digits=1) if balance.haircut else "none"),
    )


def _flow(flow: Flow, zone: ZoneInfo, now: datetime) -> FlowRow:
    return FlowRow(
        time=Cell(clock_and_date(flow.occurred_at, zone=zone, now=now)),
        kind=Cell(flow.kind.value.capitalize()),
        amount=Cell(f"{signed(flow.amount, 2)} {flow.asset}"),
    )


def _result(name: Cell, realized: float, fees: float, funding: float) -> ResultRow:
    net = realized - fees + funding
    return ResultRow(
        name=name,
        realized=Cell(signed(realized, 2), tone=tone_of(realized)),
        fees=Cell(plain(fees, 2)),
        funding=Cell(signed(funding, 2), tone=tone_of(funding)),
        net=Cell(signed(net, 2), tone=tone_of(net)),
    )


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
