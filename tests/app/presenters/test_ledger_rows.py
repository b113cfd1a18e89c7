"""A ledger entry by entry, with running totals, and by local day."""

import csv
from dataclasses import replace
from datetime import UTC as AWARE
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.presenters.ledger_rows import (
    KINDS,
    day_results,
    day_rows,
    days_csv,
    entries_csv,
    entry_rows,
    funding_csv,
    funding_rows,
    of_kinds,
    running_totals,
    whole_days,
    window_start,
)
from etrms_core.domain.ledger import LedgerEntry, LedgerKind
from tests.builders import NOW
from tests.contracts.ledger_store_contract import entry

UTC, TOKYO, BERLIN = ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
MINUS = "\N{MINUS SIGN}"
NEWEST_FIRST = [
    entry("3", 0.25, seconds=20.0),
    entry("fee", -1.0, seconds=15.0, kind=LedgerKind.FEE),
    entry("2", -0.5, seconds=10.0),
    entry("1", -0.125),
]


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_every_kind_has_words() -> None:
    assert set(KINDS) == set(LedgerKind)
    assert len(set(KINDS.values())) == len(KINDS)


def test_funding_adds_up_from_the_oldest_on_and_is_shown_newest_first() -> None:
    counted = running_totals(NEWEST_FIRST)
    assert [(each.entry_id, total) for each, total in counted] == [
        ("3", -0.375),
        ("2", -0.625),
        ("1", -0.125),
    ]
    row = funding_rows(counted, zone=UTC, now=NOW)[0]
    assert (row.symbol.text, row.amount.text, row.total.text) == (
        "BTCUSDT",
        "+0.2500 USDT",
        f"{MINUS}0.3750 USDT",
    )


def test_assets_are_never_added_up_together() -> None:
    other = replace(entry("x", 7.0, seconds=30.0), asset="USDC")
    totals = {each.entry_id: total for each, total in running_totals([other, *NEWEST_FIRST])}
    assert (totals["x"], totals["3"]) == (7.0, -0.375)
    assert [each.asset for each in day_results([other, *NEWEST_FIRST], zone=UTC)] == [
        "USDC",
        "USDT",
    ]


def test_a_tiny_amount_is_not_shown_as_0() -> None:
    (row,) = entry_rows([entry("1", -0.00001234)], zone=UTC, now=NOW)
    assert row.amount.text == f"{MINUS}0.00001234 USDT"


def test_entries_without_a_symbol_say_so_and_kinds_filter() -> None:
    entries = [entry(kind.value, 1.0, kind=kind) for kind in LedgerKind]
    (row,) = entry_rows(of_kinds(entries, [LedgerKind.TRANSFER]), zone=UTC, now=NOW)
    assert (row.kind.text, row.symbol.text) == ("Transfer", "none")
    assert of_kinds(entries, []) == tuple(entries)


def test_a_day_keeps_results_and_transfers_apart() -> None:
    amounts = {
        LedgerKind.REALIZED_PNL: 10.0,
        LedgerKind.FEE: -2.0,
        LedgerKind.FUNDING: -0.5,
        LedgerKind.TRANSFER: 100.0,
        LedgerKind.OTHER: 1.0,
    }
    entries = [entry(kind.value, amount, kind=kind) for kind, amount in amounts.items()]
    (day,) = day_results(entries, zone=UTC)
    assert (day.net, day.total, day.entries) == (7.5, 108.5, 5)
    (row,) = day_rows([day])
    assert [
        each.text
        for each in (row.realized, row.fees, row.funding, row.net, row.transfers, row.total)
    ] == ["+10.00", f"{MINUS}2.00", f"{MINUS}0.50", "+7.50", "+101.00", "+108.50 USDT"]
    assert (row.day.text, row.day.note) == ("2025-10-10", "5 entries")


def test_days_are_those_of_the_zone() -> None:
    late = replace(entry("late", 1.0), occurred_at=NOW.replace(hour=23))
    assert len(day_results([late, entry("1")], zone=UTC)) == 1
    days = day_results([late, entry("1")], zone=TOKYO)
    assert [each.day.isoformat() for each in days] == ["2025-10-11", "2025-10-10"]


@pytest.mark.parametrize(("days", "hours"), [(1, 0), (7, 6 * 24 + 1)])
def test_a_window_begins_at_a_local_midnight_also_when_the_clocks_change(
    days: int, hours: int
) -> None:
    now = datetime(2025, 10, 30, 12, 0, tzinfo=AWARE)
    start = window_start(days, zone=BERLIN, now=now)
    assert (start.hour, start.minute) == (0, 0)
    midnight = window_start(1, zone=BERLIN, now=now).astimezone(AWARE)
    assert midnight - start.astimezone(AWARE) == timedelta(hours=hours)


def test_a_day_that_was_cut_off_is_left_out() -> None:
    before = replace(entry("0"), occurred_at=NOW - timedelta(days=1))
    assert whole_days([*NEWEST_FIRST, before], zone=UTC) == tuple(NEWEST_FIRST)
    assert whole_days([before], zone=UTC) == ()


def test_files_hold_numbers_times_and_ids() -> None:
    (line,) = lines(entries_csv("main", [entry("1", -0.5)]))
    assert line == {
        "account": "main",
        "occurred_at": NOW.isoformat(),
        "kind": "funding",
        "symbol": "BTCUSDT",
        "amount": "-0.5",
        "asset": "USDT",
        "id": "1",
    }
    funding = lines(funding_csv("main", running_totals(NEWEST_FIRST)))
    assert [each["running_total"] for each in funding] == ["-0.375", "-0.625", "-0.125"]
    (day,) = lines(days_csv("main", day_results(NEWEST_FIRST, zone=TOKYO), zone=TOKYO))
    assert (day["time_zone"], day["fee"], day["net_result"]) == ("Asia/Tokyo", "-1.0", "-1.375")
    assert (day["wallet_change"], day["entries"]) == ("-1.375", "4")


@given(st.sampled_from("=+-@\t\r"), st.text(max_size=20))
def test_no_name_becomes_a_formula(start: str, rest: str) -> None:
    name = f"{start}{rest}"
    hostile = replace(entry("1"), symbol=name, asset=name, entry_id=name)
    (line,) = lines(entries_csv(name, [hostile]))
    assert all(line[each].startswith("'") for each in ("account", "symbol", "asset", "id"))
    (day,) = lines(days_csv(name, day_results([hostile], zone=UTC), zone=UTC))
    assert day["asset"].startswith("'")


@given(st.lists(st.tuples(st.sampled_from(LedgerKind), st.floats(-1e6, 1e6)), max_size=20))
def test_days_add_up_to_all_entries(drawn: list[tuple[LedgerKind, float]]) -> None:
    entries: list[LedgerEntry] = [
        entry(str(number), amount, seconds=number * 5_000.0, kind=kind)
        for number, (kind, amount) in enumerate(drawn)
    ]
    days = day_results(entries, zone=BERLIN)
    assert sum(each.total for each in days) == pytest.approx(sum(a for _, a in drawn), abs=1e-6)
    assert sum(each.entries for each in days) == len(entries)
