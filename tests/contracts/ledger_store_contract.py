"""What the desk may rely on whatever keeps its copy of ledgers."""

from datetime import timedelta

import pytest

from etrms_core.domain.ledger import LedgerEntry, LedgerKind
from etrms_core.engine.ledger_ports import LedgerReading, LedgerStore
from tests.builders import NOW


def entry(
    entry_id: str,
    amount: float = -0.5,
    *,
    seconds: float = 0.0,
    kind: LedgerKind = LedgerKind.FUNDING,
) -> LedgerEntry:
    """Build an entry some seconds after the tests' now."""
    return LedgerEntry(
        entry_id=entry_id,
        occurred_at=NOW + timedelta(seconds=seconds),
        kind=kind,
        amount=amount,
        asset="USDT",
        symbol=None if kind in (LedgerKind.TRANSFER, LedgerKind.OTHER) else "BTCUSDT",
    )


class LedgerStoreContract:
    """Every `LedgerStore` passes these with an empty one; a subclass gives a fixture `store`."""

    def test_an_account_without_entries_is_empty(self, store: LedgerStore) -> None:
        assert store.newest("main") is None
        assert store.entries("main", since=NOW, limit=10) == ()
        assert store.readings() == ()

    def test_every_field_comes_back_the_newest_entry_first(self, store: LedgerStore) -> None:
        added = [
            entry(kind.value, 0.1 * number, seconds=number, kind=kind)
            for number, kind in enumerate(LedgerKind)
        ]
        store.add("main", added)
        assert store.entries("main", since=NOW, limit=10) == tuple(reversed(added))
        assert store.newest("main") == added[-1].occurred_at

    def test_an_entry_that_comes_again_stays_single_and_as_it_was(self, store: LedgerStore) -> None:
        store.add("main", [entry("1", -0.5)])
        store.add("main", [entry("1", -7.0), entry("2", 0.25, seconds=1)])
        shown = store.entries("main", since=NOW, limit=10)
        assert [(each.entry_id, each.amount) for each in shown] == [("2", 0.25), ("1", -0.5)]

    def test_accounts_are_kept_apart(self, store: LedgerStore) -> None:
        store.add("main", [entry("1", -0.5)])
        store.add("other", [entry("1", 3.0, seconds=9)])
        assert [each.amount for each in store.entries("main", since=NOW, limit=10)] == [-0.5]
        assert store.newest("main") == NOW

    def test_the_window_and_the_limit_keep_the_newest(self, store: LedgerStore) -> None:
        store.add("main", [entry(str(second), seconds=second) for second in range(5)])
        since = NOW + timedelta(seconds=1)
        shown = store.entries("main", since=since, limit=3)
        assert [each.entry_id for each in shown] == ["4", "3", "2"]
        assert [each.entry_id for each in store.entries("main", since=since, limit=9)][-1] == "1"

    def test_the_last_reading_of_each_account_counts(self, store: LedgerStore) -> None:
        failed = LedgerReading("main", NOW, NOW + timedelta(seconds=9), "no answer")
        for reading in (LedgerReading("other", NOW), LedgerReading("main", NOW), failed):
            store.note(reading)
        assert store.readings() == (failed, LedgerReading("other", NOW))
        store.note(LedgerReading("main"))
        assert store.readings()[0] == LedgerReading("main")

    @pytest.mark.parametrize("limit", [1, 1_000])
    def test_no_entries_are_added_as_well(self, store: LedgerStore, limit: int) -> None:
        store.add("main", [])
        assert store.entries("main", since=NOW, limit=limit) == ()
