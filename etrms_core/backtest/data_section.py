"""`[data]` of a bundle: which bars, mark prices and funding a run reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StrictStr

from etrms_core.backtest.bundle_table import Table, read_table
from etrms_core.backtest.ports import SeriesName
from etrms_core.backtest.run_tables import time_text
from etrms_core.errors import ConfigurationError, DomainError


def _moment(value: object) -> object:
    moment = _parsed(value)
    if moment is None:
        raise ValueError(f"must be a time such as 2021-01-31T12:00:00Z, was {value!r}")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _parsed(value: object) -> datetime | None:
    match value:
        case datetime():
            return value
        case date():
            return datetime.combine(value, time())
        case str():
            try:
                return datetime.fromisoformat(value)
            except ValueError:
                return None
        case _:
            return None


Moment = Annotated[datetime, BeforeValidator(_moment)]
Files = dict[str, StrictStr]


class DataTable(Table):
    """`[data]`."""

    files: Files = Field(default_factory=dict)
    mark: StrictBool | Files = True
    funding: StrictBool | Files = True
    venue: StrictStr | None = None
    symbols: list[StrictStr] = Field(default_factory=list)
    timeframe: StrictStr | None = None
    start: Moment | None = None
    end: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSection:
    """What a run reads: files of bars by symbol, or stored series.

    Attributes
    ----------
    mark, funding : bool or mapping of str to str
        Files by symbol; of stored series, whether what is stored beside them is read.
    start, end : datetime or None
        Bars open at `start` or later and before `end`.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    series: Mapping[str, SeriesName] = field(default_factory=dict)
    mark: bool | Mapping[str, str] = True
    funding: bool | Mapping[str, str] = True
    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def from_mapping(cls, mapping: object) -> "DataSection":
        """Read `[data]`.

        Raises
        ------
        ConfigurationError
            Naming the field.
        """
        if not isinstance(mapping, Mapping):
            raise ConfigurationError(
                "is missing: files = { SYMBOL = FILE }, or venue, symbols and timeframe",
                field="data",
            )
        table = read_table(DataTable, mapping, place="data")
        if table.start is not None and table.end is not None and table.start >= table.end:
            raise ConfigurationError("lies after start", field="data.end")
        _require_one_source(table)
        return cls(
            files=table.files,
            series=_series(table),
            mark=table.mark,
            funding=table.funding,
            start=table.start,
            end=table.end,
        )

    def document(self) -> dict[str, Any]:
        """Write the section; `from_mapping` reads it back."""
        written: dict[str, Any] = {"files": dict(self.files)}
        if self.series:
            first = next(iter(self.series.values()))
            written = {
                "venue": first.venue,
                "symbols": list(self.series),
                "timeframe": first.timeframe,
            }
        for name, given in (("mark", self.mark), ("funding", self.funding)):
            is_silent = isinstance(given, bool) and bool(self.files)
            if not is_silent:
                written[name] = given if isinstance(given, bool) else dict(given)
        for name, moment in (("start", self.start), ("end", self.end)):
            if moment is not None:
                written[name] = time_text(moment)
        return written


def _require_one_source(table: DataTable) -> None:
    is_stored = table.venue is not None or table.timeframe is not None or bool(table.symbols)
    if is_stored and table.files:
        raise ConfigurationError(
            "are given and a venue of stored bars too; one of the two is meant", field="data.files"
        )
    if not is_stored and not table.files:
        raise ConfigurationError("names no bars", field="data.files")
    if is_stored:
        for name, value in (("venue", table.venue), ("timeframe", table.timeframe)):
            if value is None:
                raise ConfigurationError("must be given", field=f"data.{name}")
        if not table.symbols:
            raise ConfigurationError("names no symbol", field="data.symbols")


def _series(table: DataTable) -> dict[str, SeriesName]:
    series: dict[str, SeriesName] = {}
    for symbol in table.symbols:
        if symbol in series:
            raise ConfigurationError(f"{symbol} stands twice", field="data.symbols")
        try:
            series[symbol] = SeriesName(table.venue or "", symbol, table.timeframe or "")
        except DomainError as error:
            raise ConfigurationError(str(error), field="data") from error
    return series
