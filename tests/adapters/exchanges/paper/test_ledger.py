"""What a paper account's news did to its wallet, as entries; also from its database."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.ledger import (
    fill_entries,
    flow_entries,
    funding_entries,
    page_of,
)
from etrms_core.adapters.exchanges.paper.ledger_rows import SOURCES
from etrms_core.adapters.exchanges.paper.sql_store import SqlPaperStore
from etrms_core.adapters.exchanges.paper.sql_tables import paper_fills, paper_flows, paper_funding
from etrms_core.adapters.exchanges.paper.volatile_store import VolatileStore
from etrms_core.domain.account import Flow, FlowKind, FundingPayment
from etrms_core.domain.identifiers import PositionSide
from etrms_core.domain.ledger import LedgerKind
from etrms_core.domain.market_data import FundingSettlement
from etrms_core.errors import ExchangeUnavailableError, StorageError
from tests.adapters.exchanges.paper.account_states import busy_state
from tests.adapters.exchanges.paper.accounts import START, SYMBOL, order
from tests.builders import NOW, make_fill
from tests.fakes import InMemoryPaperStore, ManualClock, ScriptedMarket


def test_a_fill_brings_its_result_and_costs_its_fee() -> None:
    entries = fill_entries(make_fill("7", -1.0, realized_pnl=12.0, fee=0.5))
    assert [(each.entry_id, each.kind, each.amount) for each in entries] == [
        ("7:realized_pnl", LedgerKind.REALIZED_PNL, 12.0),
        ("7:fee", LedgerKind.FEE, -0.5),
    ]


def test_what_is_0_moved_nothing() -> None:
    assert fill_entries(make_fill("7", 1.0, realized_pnl=0.0, fee=0.0)) == ()
    assert funding_entries(FundingPayment("A", PositionSide.NET, NOW, 0.0)) == ()


def test_both_legs_of_a_symbol_have_ids_of_their_own() -> None:
    payments = [
        FundingPayment("A", side, NOW + timedelta(hours=8 * number), -0.1)
        for side in PositionSide
        for number in range(2)
    ]
    ids = {entry.entry_id for each in payments for entry in funding_entries(each)}
    assert len(ids) == len(payments)


def test_a_flow_keeps_its_id_and_its_sign() -> None:
    (entry,) = flow_entries(Flow("m4", NOW, FlowKind.WITHDRAWAL, "USDT", -20.0))
    assert (entry.entry_id, entry.kind, entry.amount) == ("m4", LedgerKind.TRANSFER, -20.0)


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(1, 5))
def test_pages_hold_every_entry_once_and_never_part_of_a_moment(
    seconds: list[int], limit: int
) -> None:
    (entry,) = flow_entries(Flow("m", NOW, FlowKind.DEPOSIT, "USDT", 1.0))
    entries = [
        replace(entry, entry_id=str(number), occurred_at=NOW + timedelta(seconds=second))
        for number, second in enumerate(seconds)
    ]
    pages = [page_of(entries, since=NOW, limit=limit)]
    while (since := pages[-1].next_since) is not None:
        pages.append(page_of(entries, since=since, limit=limit))
    read = [each for page in pages for each in page.entries]
    assert read == sorted(entries, key=lambda each: each.occurred_at)
    for earlier, later in pairwise(pages):
        assert {e.occurred_at for e in earlier.entries}.isdisjoint(
            e.occurred_at for e in later.entries
        )


def traded(market: ScriptedMarket, clock: ManualClock, path: Path) -> PaperExchange:
    """Open a durable account that has bought, paid funding, been paid out and closed again."""
    exchange = PaperExchange(
        "main", market=market, clock=clock, capital=1_000.0, store=SqlPaperStore(path)
    )
    exchange.create_order(order("1", 1.0))
    market.settlements.append(FundingSettlement(SYMBOL, START + timedelta(seconds=5), 0.001))
    clock.advance(seconds=10)
    exchange.withdraw(50.0)
    market.move(clock.now, **{SYMBOL: 103.0})
    clock.advance(seconds=1)
    exchange.create_order(order("2", -1.0, reduce_only=True))
    return exchange


def test_a_durable_account_tells_all_that_moved_its_money_also_after_a_restart(
    tmp_path: Path,
) -> None:
    market, clock = ScriptedMarket(START, {SYMBOL: 100.0}), ManualClock(START)
    exchange = traded(market, clock, tmp_path / "paper.db")
    entries = exchange.ledger(since=START).entries
    assert [each.kind.value for each in entries] == [
        "transfer",
        "fee",
        "funding",
        "transfer",
        "realized_pnl",
        "fee",
    ]
    assert entries[2].occurred_at == START + timedelta(seconds=5)
    assert entries[2].amount == pytest.approx(-0.1)
    total = sum(each.amount for each in entries)
    assert total == pytest.approx(exchange.fetch_account().balances[0].amount)
    with closing(SqlPaperStore(tmp_path / "paper.db")) as store:
        again = PaperExchange("main", market=market, clock=clock, store=store)
        assert again.ledger(since=START).entries == entries


def test_what_cannot_be_read_is_an_error_of_the_venue_and_of_the_file(tmp_path: Path) -> None:
    market, clock = ScriptedMarket(START, {SYMBOL: 100.0}), ManualClock(START)
    store = InMemoryPaperStore()
    exchange = PaperExchange("main", market=market, clock=clock, store=store)
    store.load_trouble = StorageError("the disk is gone")
    with pytest.raises(ExchangeUnavailableError, match="read: the disk is gone"):
        exchange.ledger(since=START)
    path = tmp_path / "paper.db"
    traded(market, clock, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE paper_fills SET document = '{}'")
    with closing(SqlPaperStore(path)) as damaged, pytest.raises(StorageError, match="the ledger"):
        damaged.ledger("main", since=START, limit=10)


def test_a_store_that_keeps_nothing_still_tells_the_ledger() -> None:
    market, clock = ScriptedMarket(START, {SYMBOL: 100.0}), ManualClock(START)
    exchange = PaperExchange("main", market=market, clock=clock, capital=1_000.0)
    exchange.create_order(order("1", 1.0))
    kinds = [each.kind.value for each in exchange.ledger(since=START).entries]
    assert kinds == ["transfer", "fee"]


def test_a_store_that_keeps_nothing_knows_no_account_and_mixes_no_ledgers() -> None:
    store = VolatileStore()
    store.save("main", busy_state(now=NOW))
    assert store.load("main") is None
    assert len(store.ledger("main", since=NOW, limit=9).entries) == 1
    assert store.ledger("other", since=NOW, limit=9).entries == ()


def test_the_ledger_reads_exactly_the_tables_that_move_money() -> None:
    assert {table.name for table, _ in SOURCES} == {
        paper_fills.name,
        paper_flows.name,
        paper_funding.name,
    }
