"""Stores of a new desk on SQLite and on a PostgreSQL server, where one is installed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.stores import OpenedStores, open_stores


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "etrms.db"


@pytest.fixture
def sqlite_stores(path: Path) -> Iterator[OpenedStores]:
    with closing(open_stores(path)) as opened:
        yield opened


@pytest.fixture
def postgresql_stores(empty_postgresql_url: str) -> Iterator[OpenedStores]:
    with closing(open_stores(empty_postgresql_url)) as opened:
        yield opened
