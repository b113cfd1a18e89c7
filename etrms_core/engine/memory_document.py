"""Cycle memory as a JSON document and back, for storage and for hashes."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from etrms_core.breakers.breaker_book import BreakerBook
from etrms_core.domain.identifiers import PositionKey, PositionSide, Scope, ScopeKind
from etrms_core.engine.memory import AccountMemory, CycleMemory, KillSwitch, Transfer
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.errors import StorageError
from etrms_core.kernels import nav_book
from etrms_core.kernels.arrays import records
from etrms_core.kernels.breaker_state import MEMORY
from etrms_core.risk.calendar import PeriodBounds
from etrms_core.risk.nav import NavBook
from etrms_core.risk.snapshot import DataQuality
from etrms_core.risk.trade_ledger import Lot, OpenTrade, Tally, TradeLedger

VERSION = 2
COLUMNS = MEMORY.names or ()


def memory_document(memory: CycleMemory) -> dict[str, Any]:
    """Write everything that decides future cycles; the compiled layout is left out."""
    return {
        "version": VERSION,
        "as_of": None if memory.as_of is None else memory.as_of.isoformat(),
        "accounts": {name: asdict(account) for name, account in memory.accounts.items()},
        "qualities": {name: quality.value for name, quality in memory.qualities.items()},
        "navs": {
            "scopes": [_scope(scope) for scope in memory.navs.scopes],
            "table": memory.navs.table.tolist(),
            "starts_ms": list(memory.navs.bounds.starts_ms),
            "ends_ms": list(memory.navs.bounds.ends_ms),
        },
        "breakers": {
            "keys": [[rule_id, _scope(scope)] for rule_id, scope in memory.breakers.keys],
            **{name: memory.breakers.memory[name].tolist() for name in COLUMNS},
        },
        "ledger": _ledger(memory.ledger),
        "restrictions": [_restriction(each) for each in memory.restrictions],
        "blocks": [_restriction(each) for each in memory.blocks],
        "in_transit": [_transfer(each) for each in memory.in_transit],
        "recent_credits": [_transfer(each) for each in memory.recent_credits],
        "pending_flows": [[_scope(scope), flow] for scope, flow in memory.pending_flows.items()],
        "held_accounts": sorted(memory.held_accounts),
        "owed": [
            [rule_id, _scope(scope), [list(key) for key in keys]]
            for (rule_id, scope), keys in memory.owed.items()
        ],
        "known_scopes": [_scope(scope) for scope in memory.known_scopes],
        "kill_switch": _kill_switch(memory.kill_switch),
        "forced": sorted(memory.forced),
    }


def memory_from_document(document: object) -> CycleMemory:
    """Read what `memory_document` wrote.

    Raises
    ------
    StorageError
        If the document is of another version or damaged.
    """
    if not isinstance(document, dict):
        raise StorageError(f"the desk's memory is damaged: it is no document, was {document!r:.40}")
    if document.get("version") == 1:
        document = {**document, "version": VERSION, "kill_switch": None, "forced": []}
    if document.get("version") != VERSION:
        raise StorageError(
            f"the desk's memory is of version {document.get('version')}, this program reads "
            f"{VERSION}"
        )
    try:
        return _memory(document)
    except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise StorageError(f"the desk's memory is damaged: {error!r}") from error


def memory_hash(memory: CycleMemory) -> str:
    """SHA-256 of the memory's canonical JSON."""
    text = json.dumps(memory_document(memory), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _memory(document: dict[str, Any]) -> CycleMemory:
    navs, breakers = document["navs"], document["breakers"]
    bounds = PeriodBounds(_triple(navs["starts_ms"]), _triple(navs["ends_ms"]))
    table = np.array(navs["table"], np.float64).reshape(-1, nav_book.COLUMNS)
    as_of = document["as_of"]
    return CycleMemory(
        as_of=None if as_of is None else datetime.fromisoformat(as_of),
        accounts={name: AccountMemory(**each) for name, each in document["accounts"].items()},
        qualities={name: DataQuality(each) for name, each in document["qualities"].items()},
        navs=NavBook(tuple(_to_scope(each) for each in navs["scopes"]), table, bounds),
        breakers=BreakerBook(
            tuple((rule_id, _to_scope(scope)) for rule_id, scope in breakers["keys"]),
            records(MEMORY, **{name: breakers[name] for name in COLUMNS}),
        ),
        ledger=_to_ledger(document["ledger"]),
        restrictions=tuple(_to_restriction(each) for each in document["restrictions"]),
        blocks=tuple(_to_restriction(each) for each in document["blocks"]),
        in_transit=tuple(_to_transfer(each) for each in document["in_transit"]),
        recent_credits=tuple(_to_transfer(each) for each in document["recent_credits"]),
        pending_flows={_to_scope(scope): flow for scope, flow in document["pending_flows"]},
        held_accounts=frozenset(document["held_accounts"]),
        owed={
            (rule_id, _to_scope(scope)): tuple(_to_key(key) for key in keys)
            for rule_id, scope, keys in document["owed"]
        },
        known_scopes=tuple(_to_scope(each) for each in document["known_scopes"]),
        kill_switch=_to_kill_switch(document["kill_switch"]),
        forced=frozenset(document["forced"]),
    )


def _triple(values: list[int]) -> tuple[int, int, int]:
    first, second, third = values
    return first, second, third


def _scope(scope: Scope) -> list[str]:
    return [scope.kind.value, scope.name]


def _to_scope(document: list[str]) -> Scope:
    kind, name = document
    return Scope(ScopeKind(kind), name)


def _to_key(document: list[str]) -> PositionKey:
    account, symbol, side = document
    return PositionKey(account, symbol, PositionSide(side))


def _transfer(transfer: Transfer) -> dict[str, Any]:
    return {**asdict(transfer), "occurred_at": transfer.occurred_at.isoformat()}


def _to_transfer(document: dict[str, Any]) -> Transfer:
    moment = datetime.fromisoformat(document["occurred_at"])
    return Transfer(**{**document, "occurred_at": moment})


def _kill_switch(kill: KillSwitch | None) -> dict[str, Any] | None:
    return None if kill is None else {**asdict(kill), "since": kill.since.isoformat()}


def _to_kill_switch(document: dict[str, Any] | None) -> KillSwitch | None:
    if document is None:
        return None
    return KillSwitch(**{**document, "since": datetime.fromisoformat(document["since"])})


def _restriction(restriction: Restriction) -> dict[str, Any]:
    return {
        "scope": _scope(restriction.scope),
        "state": int(restriction.state),
        "since": restriction.since.isoformat(),
        "until": None if restriction.until is None else restriction.until.isoformat(),
        "source": restriction.source,
        "reason": restriction.reason,
    }


def _to_restriction(document: dict[str, Any]) -> Restriction:
    until = document["until"]
    return Restriction(
        _to_scope(document["scope"]),
        TradingState(document["state"]),
        datetime.fromisoformat(document["since"]),
        None if until is None else datetime.fromisoformat(until),
        document["source"],
        document["reason"],
    )


def _ledger(ledger: TradeLedger) -> dict[str, Any]:
    return {
        "trades": [
            [list(key), [[lot.strategy, lot.quantity] for lot in trade.lots], trade.result]
            for key, trade in ledger.trades.items()
        ],
        "tallies": [
            [_scope(scope), tally.consecutive_losses, tally.trades_today]
            for scope, tally in ledger.tallies.items()
        ],
        "seen": {name: dict(fills) for name, fills in ledger.seen.items()},
        "held": {name: [list(row) for row in rows] for name, rows in ledger.held.items()},
        "day_start_ms": ledger.day_start_ms,
    }


def _to_ledger(document: dict[str, Any]) -> TradeLedger:
    return TradeLedger(
        trades={
            _to_key(key): OpenTrade(
                tuple(Lot(strategy, quantity) for strategy, quantity in lots), result
            )
            for key, lots, result in document["trades"]
        },
        tallies={
            _to_scope(scope): Tally(losses, trades) for scope, losses, trades in document["tallies"]
        },
        seen=document["seen"],
        held={
            name: tuple((symbol, PositionSide(side), quantity) for symbol, side, quantity in rows)
            for name, rows in document["held"].items()
        },
        day_start_ms=document["day_start_ms"],
    )
