"""What pages read of an account's past comes from the store alone."""

from dataclasses import replace
from datetime import timedelta

from etrms_core.engine.ledger_ports import LedgerReading
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.storage_ports import AccountEquity, CycleRecord, EquityPoint, HistoryPoint
from etrms_core.services.account_records import AccountRecords
from tests.builders import NOW
from tests.contracts.ledger_store_contract import entry
from tests.fakes import ManualClock, in_memory_stores


def test_equity_of_the_last_hours_is_that_of_the_account() -> None:
    stores = in_memory_stores()
    lease = stores.lease.take("test", seen=None)
    assert lease is not None
    for hour in range(4):
        point = HistoryPoint(NOW + timedelta(hours=hour), 1.0, 1.0, 0.0, 0.0)
        accounts = (AccountEquity("main", 100.0 + hour), AccountEquity("other", None))
        record = CycleRecord(
            memory=CycleMemory(), accounts=(), point=replace(point, accounts=accounts)
        )
        stores.desk.save_cycle(record, lease=lease)
    records = AccountRecords(stores, clock=ManualClock(NOW + timedelta(hours=3)))
    assert records.equity("main", hours=1.0) == (
        EquityPoint(NOW + timedelta(hours=2), 102.0),
        EquityPoint(NOW + timedelta(hours=3), 103.0),
    )
    assert [each.equity for each in records.equity("other", hours=9.0)] == [None] * 4


def test_the_ledger_of_an_account_comes_newest_first_with_how_it_was_read() -> None:
    stores = in_memory_stores()
    records = AccountRecords(stores, clock=ManualClock(NOW))
    assert records.reading("main") == LedgerReading("main")
    stores.ledger.add("main", [entry("1"), entry("2", seconds=1)])
    stores.ledger.note(LedgerReading("main", NOW))
    assert [each.entry_id for each in records.entries("main", since=NOW)] == ["2", "1"]
    assert records.reading("main").read_at == NOW
