"""The ledger of an account: entry by entry, funding with its running total, and day by day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from app.presenters.cells import Cell, tone_of
from app.presenters.csv_export import Value, csv_text
from app.presenters.numbers import signed
from app.presenters.times import clock_and_date
from etrms_core.domain.ledger import LedgerEntry, LedgerKind

KINDS: Mapping[LedgerKind, str] = MappingProxyType(
    {
        LedgerKind.REALIZED_PNL: "Realised P&L",
        LedgerKind.FEE: "Trading fee",
        LedgerKind.FUNDING: "Funding",
        LedgerKind.TRANSFER: "Transfer",
        LedgerKind.OTHER: "Other",
    }
)
SMALLEST_SHOWN = 0.0001


@dataclass(frozen=True, slots=True)
class FundingRow:
    """One funding payment, and what all since the beginning of the window add up to."""

    time: Cell
    symbol: Cell
    amount: Cell
    total: Cell


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry."""

    time: Cell
    kind: Cell
    symbol: Cell
    amount: Cell


@dataclass(frozen=True, slots=True)
class DayResult:
    """What the entries of one local day brought in one asset, units of it, positive received.

    Parts are by kind; a kind without an entry is 0.
    """

    day: date
    asset: str
    parts: Mapping[LedgerKind, float]
    entries: int

    def part(self, *kinds: LedgerKind) -> float:
        """Add up some kinds."""
        return sum(self.parts.get(kind, 0.0) for kind in kinds)

    @property
    def net(self) -> float:
        """Realised result with fees and funding; transfers are no results."""
        return self.part(LedgerKind.REALIZED_PNL, LedgerKind.FEE, LedgerKind.FUNDING)

    @property
    def total(self) -> float:
        """What the wallet changed by."""
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day."""

    day: Cell
    realized: Cell
    fees: Cell
    funding: Cell
    net: Cell
    transfers: Cell
    total: Cell


def window_start(days: int, *, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the local midnight from which on `days` days, today included, are whole."""
    first = now.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(first, time(tzinfo=zone))


def whole_days(entries: Sequence[LedgerEntry], *, zone: ZoneInfo) -> tuple[LedgerEntry, ...]:
    """Leave out the first local day of entries that were cut off there."""
    first = min(_day(each, zone) for each in entries)
    return tuple(each for each in entries if _day(each, zone) > first)


def running_totals(entries: Iterable[LedgerEntry]) -> list[tuple[LedgerEntry, float]]:
    """Add up funding from the oldest on, each asset for itself; newest first, as they come."""
    totals: dict[str, float] = defaultdict(float)
    counted = []
    for entry in reversed(of_kinds(entries, [LedgerKind.FUNDING])):
        totals[entry.asset] += entry.amount
        counted.append((entry, totals[entry.asset]))
    return counted[::-1]


def funding_rows(
    counted: Iterable[tuple[LedgerEntry, float]], *, zone: ZoneInfo, now: datetime
) -> tuple[FundingRow, ...]:
    """Show payments with their running totals."""
    return tuple(
        FundingRow(
            time=Cell(clock_and_date(entry.occurred_at, zone=zone, now=now)),
            symbol=Cell(entry.symbol or ""),
            amount=_amount(entry.amount, entry.asset),
            total=_amount(total, entry.asset),
        )
        for entry, total in counted
    )


def of_kinds(
    entries: Iterable[LedgerEntry], kinds: Sequence[LedgerKind]
) -> tuple[LedgerEntry, ...]:
    """Pick entries of these kinds, all when there are none."""
    return tuple(each for each in entries if not kinds or each.kind in kinds)


def entry_rows(
    entries: Iterable[LedgerEntry], *, zone: ZoneInfo, now: datetime
) -> tuple[EntryRow, ...]:
    """Show entries as they come."""
    return tuple(
        EntryRow(
            time=Cell(clock_and_date(entry.occurred_at, zone=zone, now=now)),
            kind=Cell(KINDS[entry.kind]),
            symbol=Cell(entry.symbol or "none"),
            amount=_amount(entry.amount, entry.asset),
        )
        for entry in entries
    )


def day_results(entries: Iterable[LedgerEntry], *, zone: ZoneInfo) -> tuple[DayResult, ...]:
    """Add up entries by local day and asset, newest day first."""
    days: dict[tuple[date, str], list[LedgerEntry]] = defaultdict(list)
    for entry in entries:
        days[_day(entry, zone), entry.asset].append(entry)
    newest = sorted(days, key=lambda each: each[1])
    return tuple(
        DayResult(day, asset, _parts(days[day, asset]), len(days[day, asset]))
        for day, asset in sorted(newest, key=lambda each: each[0], reverse=True)
    )


def day_rows(days: Iterable[DayResult]) -> tuple[DayRow, ...]:
    """Show days; transfers and whatever else is no result stand apart from the net result."""
    return tuple(
        DayRow(
            day=Cell(f"{each.day:%Y-%m-%d}", _count(each.entries)),
            realized=_part(each, LedgerKind.REALIZED_PNL),
            fees=_part(each, LedgerKind.FEE),
            funding=_part(each, LedgerKind.FUNDING),
            net=Cell(signed(each.net, 2), tone=tone_of(each.net)),
            transfers=_part(each, LedgerKind.TRANSFER, LedgerKind.OTHER),
            total=Cell(f"{signed(each.total, 2)} {each.asset}", tone=tone_of(each.total)),
        )
        for each in days
    )


def entries_csv(account: str, entries: Iterable[LedgerEntry]) -> str:
    """Write entries; times are UTC."""
    rows: list[dict[str, Value]] = [_entry_values(account, each) for each in entries]
    return csv_text(rows, columns=tuple(_COLUMNS))


def funding_csv(account: str, counted: Iterable[tuple[LedgerEntry, float]]) -> str:
    """Write funding payments with their running totals."""
    rows: list[dict[str, Value]] = [
        {**_entry_values(account, entry), "running_total": total} for entry, total in counted
    ]
    return csv_text(rows, columns=(*_COLUMNS, "running_total"))


def days_csv(account: str, days: Iterable[DayResult], *, zone: ZoneInfo) -> str:
    """Write days with the zone that they are of."""
    rows: list[dict[str, Value]] = [
        {
            "account": account,
            "day": each.day.isoformat(),
            "time_zone": zone.key,
            "asset": each.asset,
            **{kind.value: each.part(kind) for kind in LedgerKind},
            "net_result": each.net,
            "wallet_change": each.total,
            "entries": each.entries,
        }
        for each in days
    ]
    kinds = tuple(kind.value for kind in LedgerKind)
    first = ("account", "day", "time_zone", "asset")
    return csv_text(rows, columns=(*first, *kinds, "net_result", "wallet_change", "entries"))


_COLUMNS = ("account", "occurred_at", "kind", "symbol", "amount", "asset", "id")


def _entry_values(account: str, entry: LedgerEntry) -> dict[str, Value]:
    return {
        "account": account,
        "occurred_at": entry.occurred_at.isoformat(),
        "kind": entry.kind.value,
        "symbol": entry.symbol,
        "amount": entry.amount,
        "asset": entry.asset,
        "id": entry.entry_id,
    }


def _day(entry: LedgerEntry, zone: ZoneInfo) -> date:
    return entry.occurred_at.astimezone(zone).date()


def _parts(entries: Iterable[LedgerEntry]) -> dict[LedgerKind, float]:
    parts: dict[LedgerKind, float] = defaultdict(float)
    for entry in entries:
        parts[entry.kind] += entry.amount
    return dict(parts)


def _part(day: DayResult, *kinds: LedgerKind) -> Cell:
    amount = day.part(*kinds)
    return Cell(signed(amount, 2), tone=tone_of(amount))


def _amount(amount: float, asset: str) -> Cell:
    digits = 4 if amount == 0.0 or abs(amount) >= SMALLEST_SHOWN else 8
    return Cell(f"{signed(amount, digits)} {asset}", tone=tone_of(amount))


def _count(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries} entries"
