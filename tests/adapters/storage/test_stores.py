"""Opening all repositories of a desk."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.errors import StorageError
from tests.contracts.desk_store_contract import desk_event
from tests.engine.desk import make_rule


def test_a_desk_is_new_until_it_has_its_id(path: Path) -> None:
    with closing(open_stores(path)) as first:
        assert first.is_new
        first.stores.desk.save_rules([make_rule()])
    with closing(open_stores(path)) as broken_off:
        assert broken_off.is_new
        assert broken_off.desk_id(lambda: "ab12") == "ab12"
    with closing(open_stores(path)) as known:
        assert not known.is_new
        assert known.desk_id(lambda: "zz99") == "ab12"


def test_a_file_is_locked_beside_it_and_freed_by_closing(path: Path) -> None:
    with closing(open_stores(path)) as second:
        with closing(open_stores(path)) as first:
            assert first.lock.try_acquire()
            assert not second.lock.try_acquire()
        assert second.lock.try_acquire()
    assert path.with_suffix(".lock").exists()


def test_a_server_is_locked_by_one_and_freed_by_closing(empty_postgresql_url: str) -> None:
    with closing(open_stores(empty_postgresql_url)) as second:
        with closing(open_stores(empty_postgresql_url)) as first:
            assert first.lock.try_acquire()
            assert not second.lock.try_acquire()
        assert second.lock.try_acquire()


def test_the_usual_url_of_a_server_needs_no_name_of_a_driver(empty_postgresql_url: str) -> None:
    usual = empty_postgresql_url.replace("+psycopg", "")
    assert usual.startswith("postgresql://")
    with closing(open_stores(usual)) as opened:
        opened.quick_check()
        assert opened.location_name.startswith("postgresql+psycopg://")


def test_a_sound_file_passes_the_check(path: Path, sqlite_stores: OpenedStores) -> None:
    sqlite_stores.quick_check()
    assert sqlite_stores.location_name == str(path)


def test_a_damaged_page_is_found_before_anything_reads_it(path: Path) -> None:
    with closing(open_stores(path)) as opened:
        opened.stores.desk.append_events([desk_event("x" * 1_000) for _ in range(200)])
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 4))
    with (
        closing(open_stores(path)) as opened,
        pytest.raises(StorageError, match=r"is damaged .*restore a backup") as caught,
    ):
        opened.quick_check()
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
