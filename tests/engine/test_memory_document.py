"""A memory that went through JSON goes on as if it had not."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from etrms_core.domain.account import AccountState, FlowKind
from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, PositionSide, Scope, ScopeKind
from etrms_core.engine.memory import CycleMemory, Transfer
from etrms_core.engine.memory_document import (
    VERSION,
    memory_document,
    memory_from_document,
    memory_hash,
)
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.errors import StorageError
from etrms_core.risk.snapshot import DataQuality
from tests.builders import NOW, make_account, make_fill, make_position
from tests.engine.desk import HALVE, NEVER, NOTIFY, Desk, make_flow, make_rule, with_flows

RULES = (
    make_rule("drawdown", 0.05, HALVE, name="half", cooldown_seconds=2.0),
    make_rule("drawdown", 0.1, name="latch", latched=True, scope={"kind": "exchange"}),
    make_rule(
        "position_loss",
        0.03,
        {"kind": "pause_trading", "seconds": 5.0},
        name="pause",
        scope={"kind": "symbol"},
        cooldown_seconds=1.0,
    ),
    make_rule("gross_leverage", 2.0, {"kind": "reduce_only_mode"}, name="mode"),
    make_rule("equity", 1_900.0, NOTIFY, comparison="<=", for_seconds=3.0, name="wait"),
    make_rule("consecutive_losses", 2.0, NOTIFY, name="losses", scope={"kind": "strategy"}),
)


def through_json(memory: CycleMemory) -> CycleMemory:
    return memory_from_document(json.loads(json.dumps(memory_document(memory))))


def random_reading(
    rng: np.random.Generator, number: int
) -> tuple[list[AccountState], dict[str, float]]:
    """Draw two accounts with changing positions, fills, flows, transfers and ages."""
    accounts, ages = [], {}
    for name, venue in (("a", "paper"), ("b", "other")):
        mark = 100.0 * (1.0 + 0.06 * float(rng.standard_normal()))
        quantity = float(rng.integers(-10, 11))
        position = [make_position("BTCUSDT", quantity, 100.0, mark_price=mark)] if quantity else []
        fill = make_fill(
            f"{name}{number}",
            float(rng.choice([-1.0, 1.0])),
            strategy=str(rng.choice(["trend", "carry"])),
            realized_pnl=float(rng.standard_normal()),
            filled_at=NOW + timedelta(seconds=number),
        )
        account = make_account(*position, account=name, venue=venue, fills=(fill,))
        kind = FlowKind(str(rng.choice(["deposit", "withdrawal", "transfer"])))
        if rng.random() < 0.2:
            amount = -30.0 if name == "a" else 30.0
            flow = make_flow(
                amount, kind, flow_id=f"{name}{number}", at=NOW + timedelta(seconds=number)
            )
            account = with_flows(account, flow)
        accounts.append(account)
        ages[name] = float(rng.choice([0.0, 0.0, 0.0, 11.0, 200.0, NEVER]))
    return accounts, ages


def lived(seed: int, n_cycles: int = 25) -> Desk:
    rng = np.random.default_rng(seed)
    desk = Desk(rules=RULES)
    for number in range(n_cycles):
        accounts, ages = random_reading(rng, number)
        desk.read(*accounts, ages=ages)
    return desk


@pytest.mark.parametrize("seed", range(5))
def test_a_desk_restarted_before_every_cycle_goes_on_bit_by_bit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, restarted = Desk(rules=RULES), Desk(rules=RULES)
    for number in range(25):
        accounts, ages = random_reading(rng, number)
        restarted.memory = through_json(restarted.memory)
        results = [desk.read(*accounts, ages=ages) for desk in (one, restarted)]
        assert results[0].commands == results[1].commands
        assert results[0].events == results[1].events
        np.testing.assert_array_equal(results[0].snapshot.values, results[1].snapshot.values)
        assert memory_hash(one.memory) == memory_hash(restarted.memory)


def test_the_random_cycles_fill_every_part_of_the_memory() -> None:
    documents = [memory_document(lived(seed).memory) for seed in range(8)]
    optional = {"pending_flows", "held_accounts", "owed", "in_transit", "recent_credits"}
    optional |= {"kill_switch", "forced"}
    filled = {name for each in documents for name, value in each.items() if value}
    assert set(documents[0]) - optional <= filled
    assert filled & optional >= {"owed", "in_transit"}


def test_the_empty_memory_survives() -> None:
    assert memory_document(through_json(CycleMemory())) == memory_document(CycleMemory())


def test_the_compiled_layout_is_left_out() -> None:
    memory = lived(0).memory
    assert memory.compiled is not None
    assert through_json(memory).compiled is None
    assert memory_hash(replace(memory, compiled=None)) == memory_hash(memory)


SCOPE = Scope(ScopeKind.SYMBOL, "ETHUSDT")
RESTRICTION = Restriction(SCOPE, TradingState.HALTED, NOW, NOW + timedelta(hours=1), "x", "why")
TRANSFER = Transfer("a", "USDT", 5.0, 5.0, NOW)


def with_nav(memory: CycleMemory) -> CycleMemory:
    table = memory.navs.table.copy()
    table[0, 0] = np.nextafter(table[0, 0], np.inf)
    return replace(memory, navs=replace(memory.navs, table=table))


def with_peak(memory: CycleMemory) -> CycleMemory:
    rows = memory.breakers.memory.copy()
    rows["peak"][0] += 1.0
    return replace(memory, breakers=replace(memory.breakers, memory=rows))


CHANGES: dict[str, Callable[[CycleMemory], CycleMemory]] = {
    "as_of": lambda m: replace(m, as_of=NOW + timedelta(days=9)),
    "accounts": lambda m: replace(m, accounts={}),
    "equity": lambda m: replace(
        m, accounts={name: replace(each, equity=1.25) for name, each in m.accounts.items()}
    ),
    "qualities": lambda m: replace(m, qualities={"a": DataQuality.UNKNOWN}),
    "navs": with_nav,
    "peak": with_peak,
    "ledger": lambda m: replace(m, ledger=replace(m.ledger, day_start_ms=1)),
    "restrictions": lambda m: replace(m, restrictions=(*m.restrictions, RESTRICTION)),
    "blocks": lambda m: replace(m, blocks=(*m.blocks, RESTRICTION)),
    "in_transit": lambda m: replace(m, in_transit=(*m.in_transit, TRANSFER)),
    "recent_credits": lambda m: replace(m, recent_credits=(*m.recent_credits, TRANSFER)),
    "pending_flows": lambda m: replace(m, pending_flows={SCOPE: 1.0}),
    "held_accounts": lambda m: replace(m, held_accounts=frozenset({"z"})),
    "owed": lambda m: replace(
        m, owed={("half", PORTFOLIO): (PositionKey("z", "ETHUSDT", PositionSide.LONG),)}
    ),
    "known_scopes": lambda m: replace(m, known_scopes=(*m.known_scopes, SCOPE)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_hash_hears_every_change_and_the_document_keeps_it(name: str) -> None:
    memory = lived(1).memory
    changed = CHANGES[name](memory)
    assert memory_hash(changed) != memory_hash(memory)
    assert memory_hash(through_json(changed)) == memory_hash(changed)


def test_every_field_of_the_memory_is_in_the_document() -> None:
    fields = set(CycleMemory.__dataclass_fields__) - {"compiled"}
    assert set(memory_document(CycleMemory())) == fields | {"version"}


def test_unknown_numbers_and_distances_survive() -> None:
    memory = lived(1).memory
    table = memory.navs.table.copy()
    table[0, 0], table[-1, 0] = np.nan, np.inf
    back = through_json(replace(memory, navs=replace(memory.navs, table=table)))
    np.testing.assert_array_equal(back.navs.table, table)


@pytest.mark.parametrize("version", [None, 0, VERSION + 1, "1"])
def test_a_memory_of_another_version_is_refused_with_both_versions(version: object) -> None:
    document = {**memory_document(lived(0, 3).memory), "version": version}
    with pytest.raises(StorageError, match=f"version {version}, this program reads {VERSION}"):
        memory_from_document(document)


@pytest.mark.parametrize("name", sorted(set(memory_document(CycleMemory())) - {"version"}))
def test_a_memory_without_one_of_its_parts_is_damaged(name: str) -> None:
    document = memory_document(lived(0, 3).memory)
    del document[name]
    with pytest.raises(StorageError, match=f"damaged.*{name}"):
        memory_from_document(document)


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": "yesterday"},
        {"as_of": 5},
        {"accounts": []},
        {"accounts": {"a": {"wallet": 1.0}}},
        {"qualities": {"a": "good"}},
        {"navs": None},
        {"breakers": {"keys": []}},
        {"restrictions": [{"scope": ["portfolio", ""]}]},
        {"restrictions": 3},
        {"pending_flows": [["portfolio"]]},
        {"owed": [["half", ["nowhere", ""], []]]},
        {"known_scopes": [["portfolio", "", ""]]},
        {"held_accounts": None},
        {"ledger": {}},
    ],
)
def test_a_damaged_memory_is_a_storage_error(change: dict[str, Any]) -> None:
    document = {**memory_document(lived(0, 3).memory), **change}
    with pytest.raises(StorageError, match="damaged"):
        memory_from_document(document)
