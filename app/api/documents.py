"""The desk's state as plain JSON, the same for command line and API.

NaN and infinity become null; times are ISO 8601 UTC; ratios are fractions.
"""

from datetime import UTC, datetime
from math import isfinite
from typing import Any

from etrms_core.breakers.rule_document import rule_mapping
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, DeskEvent
from etrms_core.domain.identifiers import Scope
from etrms_core.domain.order import Order
from etrms_core.engine.restrictions import Restriction
from etrms_core.engine.storage_ports import StoredEvent
from etrms_core.risk.metrics import METRICS
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot
from etrms_core.services.risk_state import BreakerView, RiskState

Document = dict[str, Any]
UNGUARDED_DUST = 1e-9


def number(value: float | None) -> float | None:
    """Return a finite number, None for anything else."""
    return None if value is None or not isfinite(value) else float(value)


def moment(value: datetime | None) -> str | None:
    """Write a time as ISO 8601 UTC."""
    return None if value is None else value.astimezone(UTC).isoformat()


def scope_document(scope: Scope) -> Document:
    """Write a scope as kind and name."""
    return {"kind": scope.kind.value, "name": scope.name}


def account_documents(state: RiskState) -> list[Document]:
    """Write every account with its balances."""
    ages = {source.account: source for source in state.snapshot.sources}
    readings = state.snapshot.accounts
    return [
        {
            "name": account.account,
            "venue": account.venue,
            "mode": "paper" if account.is_paper else "live",
            "equity": number(readings.equity[row]),
            "wallet_balance": number(readings.wallet[row]),
            "unrealized_pnl": number(readings.unrealized[row]),
            "initial_margin": number(readings.initial[row]),
            "maintenance_margin": number(readings.cross_maintenance[row]),
            "margin_ratio": number(readings.margin_ratio[row]),
            "balances": [
                {"asset": each.asset, "amount": each.amount, "price": each.price}
                for each in account.balances
            ],
            "sources": {
                "account": {
                    "age_seconds": number(ages[account.account].age_seconds),
                    "quality": ages[account.account].quality.value,
                    "error": state.source_errors.get(account.account),
                }
            },
        }
        for row, account in enumerate(state.snapshot.table.accounts)
    ]


def position_documents(state: RiskState) -> list[Document]:
    """Write every open position."""
    snapshot = state.snapshot
    qualities = {source.account: source.quality for source in snapshot.sources}
    documents = []
    for row, position in enumerate(snapshot.table.rows):
        key = snapshot.table.keys[row]
        side = "long" if position.quantity > 0.0 else "short"
        documents.append(
            {
                "id": f"{key.account}:{key.symbol}:{side}",
                "account": key.account,
                "symbol": key.symbol,
                "side": side,
                "quantity": position.quantity,
                "entry_price": position.entry_price,
                "mark_price": number(position.mark_price),
                "notional": number(abs(snapshot.positions.notional[row])),
                "leverage": number(position.leverage),
                "margin_mode": position.margin_mode.value,
                "unrealized_pnl": number(snapshot.positions.unrealized[row]),
                "liquidation_price": number(snapshot.positions.liquidation_price[row]),
                "liquidation_distance": number(snapshot.positions.liquidation_distance[row]),
                "funding_rate": number(position.funding_rate),
                "next_funding_at": moment(position.next_funding_at),
                "opened_at": moment(position.opened_at),
                "strategies": dict(snapshot.strategies.get((key.account, key.symbol), ())),
                "guard": _guard(snapshot, row, qualities[key.account]),
            }
        )
    return documents


def order_documents(accounts: tuple[AccountState, ...]) -> list[Document]:
    """Write every open order."""
    return [
        _order_document(account.account, order) for account in accounts for order in account.orders
    ]


def metric_documents(snapshot: RiskSnapshot) -> list[Document]:
    """Write all metrics by scope, with how far each scope can be trusted."""
    documents = []
    for row, scope in enumerate(snapshot.scopes):
        result = snapshot.result(scope)
        documents.append(
            {
                "scope": scope_document(scope),
                "quality": snapshot.qualities[row].value,
                "reason": snapshot.reasons.get(scope),
                "metrics": {
                    metric.value: number(float(snapshot.values[row, column]))
                    for column, metric in enumerate(METRICS)
                },
                "results": None
                if result is None
                else {
                    "total": number(result.total),
                    "day": number(result.day),
                    "week": number(result.week),
                    "month": number(result.month),
                },
            }
        )
    return documents


def breaker_document(view: BreakerView) -> Document:
    """Write one rule with its state in one scope."""
    triggered = view.triggered_at_ms
    return {
        **rule_mapping(view.rule),
        "instance": scope_document(view.scope),
        "state": view.state if view.rule.enabled else "disabled",
        "value": number(view.value),
        "triggered_at": None
        if triggered is None
        else moment(datetime.fromtimestamp(triggered / 1000, UTC)),
    }


def restriction_document(restriction: Restriction) -> Document:
    """Write what may not be traded, where and until when."""
    return {
        "scope": scope_document(restriction.scope),
        "state": restriction.state.name,
        "since": moment(restriction.since),
        "until": moment(restriction.until),
        "source": restriction.source,
        "reason": restriction.reason,
    }


def event_document(stored: StoredEvent) -> Document:
    """Write one stored event."""
    match stored.event:
        case BreakerEvent() as event:
            return {
                "sequence": stored.sequence,
                "time": moment(event.occurred_at),
                "kind": event.kind.value,
                "breaker": event.breaker,
                "breaker_id": event.rule_id,
                "scope": scope_document(event.scope),
                "value": number(event.value),
                "threshold": number(event.threshold),
                "action": event.action,
                "detail": event.detail,
            }
        case DeskEvent() as event:
            return {
                "sequence": stored.sequence,
                "time": moment(event.occurred_at),
                "kind": event.kind.value,
                "subject": event.subject,
                "detail": event.detail,
            }


def status_document(state: RiskState, *, now: datetime) -> Document:
    """Write the portfolio at a glance."""
    portfolio = metric_documents(state.snapshot)[0]
    return {
        "as_of": moment(state.as_of),
        "age_seconds": (now - state.as_of).total_seconds(),
        "mode": "paper" if state.is_paper else "live",
        "quality": portfolio["quality"],
        "reason": portfolio["reason"],
        "metrics": portfolio["metrics"],
        "results": portfolio["results"],
        "accounts": len(state.accounts),
        "positions": len(state.snapshot.table.rows),
        "restrictions": [restriction_document(each) for each in state.blocks],
    }


def _guard(snapshot: RiskSnapshot, row: int, quality: DataQuality) -> str:
    if quality is not DataQuality.FRESH:
        return "cannot_verify"
    share = float(snapshot.table.arrays.unguarded_share[row])
    return "guarded" if share <= UNGUARDED_DUST else "unguarded"


def _order_document(account: str, order: Order) -> Document:
    request = order.request
    return {
        "id": request.client_order_id,
        "venue_id": order.order_id,
        "account": account,
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.order_type.value,
        "quantity": request.quantity,
        "filled_quantity": order.filled_quantity,
        "price": number(request.price),
        "trigger_price": number(request.trigger_price),
        "callback_fraction": number(request.callback_fraction),
        "reduce_only": request.reduce_only,
        "post_only": request.post_only,
        "status": order.status.value,
        "created_at": moment(order.created_at),
    }
