"""Refusals before anything is copied; the copy itself is tested beside the adapter."""

from contextlib import closing
from pathlib import Path

import pytest

from etrms_core.adapters.storage.file_lock import FileLock
from etrms_core.adapters.storage.stores import open_stores
from etrms_core.bootstrap.database_copy import copy_database_to
from etrms_core.errors import ConfigurationError, StorageError

URL = "postgresql+psycopg://desk:canary@localhost:1/desk"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    open_stores(tmp_path / "etrms.db").close()
    return tmp_path


@pytest.mark.parametrize("url", ["", "x", "sqlite:///x.db", "mysql://canary@x/y", "postgres://x"])
def test_a_url_of_another_database_is_refused(home: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="URL: write postgresql") as refused:
        copy_database_to(home, url)
    assert "canary" not in str(refused.value)


def test_a_home_without_a_desk_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no desk in"):
        copy_database_to(tmp_path, URL)
    assert list(tmp_path.iterdir()) == []


def test_a_running_desk_is_stopped_first(home: Path) -> None:
    with closing(open_stores(home / "etrms.db")):
        lock = FileLock(home / "etrms.lock")
        assert lock.try_acquire()
        with pytest.raises(ConfigurationError, match="a desk is running"):
            copy_database_to(home, URL)
        lock.release()


def test_a_server_that_does_not_answer_is_named_without_the_password(home: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(StorageError, match="localhost:1/desk failed") as refused:
        copy_database_to(home, URL)
    assert "canary" not in str(refused.value)
