"""Funding on disk beside the bars: one Parquet file per contract."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from etrms_core.adapters.market_data.bar_files import FUNDING_RATE, read_funding
from etrms_core.adapters.market_data.table_file import replace_table
from etrms_core.backtest.data_hash import series_sha256
from etrms_core.backtest.ports import ContractName, FundingReport, StoredFunding
from etrms_core.errors import DataError, DomainError

FILE = "funding.parquet"


class ParquetFundingStore:
    """Settlements in `folder`/venue/symbol/funding.parquet, replaced as a whole."""

    def __init__(self, folder: Path | str) -> None:
        self._folder = Path(folder)

    def import_file(
        self, path: Path | str, name: ContractName, *, overwrite: bool = False
    ) -> FundingReport:
        """Add the settlements of a file; nothing is written unless all of them are sound.

        Raises
        ------
        DataError
            If the file cannot be read or a rate differs from the stored one of the same time and
            `overwrite` is False.
        StorageError
            If the store cannot be written.
        """
        rates = read_funding(path, symbol=name.symbol)[FUNDING_RATE]
        known = self._read(name) if self._file(name).exists() else rates.iloc[:0]
        is_known = np.asarray(rates.index.isin(known.index))
        is_same = is_known & np.asarray(known.reindex(rates.index) == rates)
        differs = is_known & ~is_same
        if not overwrite and differs.any():
            moment = rates.index[differs][0]
            raise DataError(
                f"{path}: the rate of {moment} is {rates[moment]}, but {known[moment]} is stored "
                f"for {name}; {int(differs.sum())} rates differ, overwrite replaces them"
            )
        if not is_same.all():
            kept = known.loc[~known.index.isin(rates.index)]
            replace_table(self._file(name), _table(pd.concat([kept, rates]).sort_index()))
        return FundingReport(
            added=int((~is_known).sum()),
            duplicates=int(is_same.sum()),
            replaced=int(differs.sum()),
            stored=self._describe(name),
        )

    def load(
        self, name: ContractName, *, start: datetime | None = None, end: datetime | None = None
    ) -> pd.DataFrame:
        """Return the settlements from `start` on and before `end`, oldest first.

        Raises
        ------
        DataError
            If no funding of the contract is stored.
        DomainError
            If a bound is naive.
        """
        for bound in (start, end):
            if bound is not None and bound.tzinfo is None:
                raise DomainError(f"start and end are aware times, was {bound}")
        if not self._file(name).exists():
            there = ", ".join(str(each) for each in self.names()) or "none"
            raise DataError(f"no funding of {name} is stored; there is: {there}")
        rates = self._read(name)
        is_wanted = np.ones(len(rates), np.bool_)
        if start is not None:
            is_wanted &= np.asarray(rates.index >= start)
        if end is not None:
            is_wanted &= np.asarray(rates.index < end)
        return rates.loc[is_wanted].to_frame()

    def names(self) -> tuple[ContractName, ...]:
        """Name the contracts whose funding is stored; folders with other names are not ours."""
        found = []
        for file in self._folder.glob(f"*/*/{FILE}"):
            try:
                found.append(ContractName(file.parent.parent.name, file.parent.name))
            except DomainError:
                continue
        return tuple(sorted(found))

    # Last of all, since the name hides the built-in in the class.
    def list(self) -> tuple[StoredFunding, ...]:
        """Describe what is stored."""
        return tuple(self._describe(name) for name in self.names())

    def _file(self, name: ContractName) -> Path:
        return self._folder / name.venue / name.symbol / FILE

    def _read(self, name: ContractName) -> "pd.Series[float]":
        rates: pd.Series[float] = read_funding(self._file(name))[FUNDING_RATE]
        return rates

    def _describe(self, name: ContractName) -> StoredFunding:
        rates = self._read(name)
        return StoredFunding(
            venue=name.venue,
            symbol=name.symbol,
            rows=len(rates),
            first=rates.index[0].to_pydatetime(),
            last=rates.index[-1].to_pydatetime(),
            sha256=series_sha256(rates.to_frame(), [FUNDING_RATE]),
        )


def _table(rates: "pd.Series[float]") -> pa.Table:
    times = rates.index.to_numpy("datetime64[us]").astype(np.int64)
    columns = {"time": pa.array(times, pa.timestamp("us", tz="UTC"))}
    return pa.table(columns | {FUNDING_RATE: pa.array(rates.to_numpy())})
