"""A table takes the place of a file whole, or not at all."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etrms_core.adapters.market_data.table_file import replace_table
from etrms_core.errors import StorageError


def test_a_table_replaces_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "venue" / "symbol" / "1h.parquet"
    replace_table(file, pa.table({"a": [1, 2]}))
    replace_table(file, pa.table({"a": [3]}))
    assert pq.read_table(file).to_pydict() == {"a": [3]}
    assert [each.name for each in file.parent.iterdir()] == ["1h.parquet"]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "1h.parquet"
    replace_table(file, pa.table({"a": [1]}))
    before = file.read_bytes()
    unwritable = pa.table({"a": pa.array([None], pa.month_day_nano_interval())})
    with pytest.raises(StorageError, match="cannot be written"):
        replace_table(file, unwritable)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["1h.parquet"]
