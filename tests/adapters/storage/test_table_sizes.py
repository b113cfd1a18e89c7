"""Rows and bytes of every table."""

from contextlib import closing
from pathlib import Path

from etrms_core.adapters.storage.stores import open_stores
from etrms_core.adapters.storage.table_sizes import table_sizes
from etrms_core.adapters.storage.tables import desk_metadata
from etrms_core.domain.events import DeskEvent, DeskEventKind
from tests.builders import NOW


def test_every_table_is_measured_with_its_indexes_the_largest_first(tmp_path: Path) -> None:
    file = tmp_path / "etrms.db"
    with closing(open_stores(file)) as opened:
        event = DeskEvent(NOW, DeskEventKind.DRILLED, "x", "long " * 500)
        opened.stores.desk.append_events([event] * 40)
        found = table_sizes(opened.database)
    assert {each.name for each in found} == set(desk_metadata.tables)
    assert (found[0].name, found[0].rows) == ("events", 40)
    used = [each.bytes_used or 0 for each in found]
    assert used == sorted(used, reverse=True)
    assert used[0] > 40 * 2_500
    assert sum(used) <= file.stat().st_size + (1 << 20)
