"""A database file in any trouble is one sentence that names it and says what to do."""

import os
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from etrms_core.adapters.exchanges.paper.sql_store import SqlPaperStore
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.storage.stores import OpenedStores, open_stores
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.storage_ports import CycleRecord
from etrms_core.errors import StorageError
from tests.builders import make_account
from tests.contracts.desk_store_contract import desk_event

NOBODY = 65534
Store = OpenedStores | SqlPaperStore
StoreType = Callable[[Path], Store]
VERSION_TABLES: dict[StoreType, str] = {
    open_stores: "etrms_alembic_version",
    SqlPaperStore: "paper_alembic_version",
}


@pytest.fixture(params=[open_stores, SqlPaperStore])
def store_type(request: pytest.FixtureRequest) -> StoreType:
    chosen: StoreType = request.param
    return chosen


@pytest.fixture
def path(tmp_path: Path, store_type: StoreType) -> Path:
    """Fill a database and close it."""
    file = tmp_path / "desk" / "some.db"
    with closing(store_type(file)) as store:
        write(store, rows=50)
    return file


@pytest.fixture
def public_path(path: Path) -> Iterator[Path]:
    """Copy it to where another user can look; pytest's folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="etrms-test-"))
    folder.chmod(0o755)
    copy = folder / path.name
    shutil.copy(path, copy)
    yield copy
    folder.chmod(0o700)
    shutil.rmtree(folder)


def write(store: Store, *, rows: int = 1) -> None:
    match store:
        case OpenedStores(stores=stores):
            lease = stores.lease.take("desk", seen=stores.lease.read())
            assert lease is not None
            events = tuple(desk_event("x" * 1_000) for _ in range(rows))
            record = CycleRecord(memory=CycleMemory(), accounts=(make_account(),), events=events)
            stores.desk.save_cycle(record, lease=lease)
        case SqlPaperStore():
            for number in range(rows):
                name = f"account {number} {'x' * 1_000}"
                store.load(name)
                store.save(name, PaperState(wallet=1.0))


def read(store: Store) -> object:
    match store:
        case OpenedStores(stores=stores):
            return stores.desk.events()
        case SqlPaperStore():
            return [store.load(f"account {number} {'x' * 1_000}") for number in range(50)]


def open_and_use(store_type: StoreType, path: Path) -> None:
    with closing(store_type(path)) as store:
        read(store)
        write(store)


def sentence_of(action: Callable[[], object], path: Path) -> str:
    """Return the advice that an action raises, with the file's name taken off."""
    with pytest.raises(StorageError) as caught:
        action()
    message = str(caught.value)
    assert message.startswith(f"{path} ")
    for technical in ("\n", "Traceback", "sqlalche", "sqlite3.", "[SQL"):
        assert technical not in message
    return message.removeprefix(f"{path} ")


@contextmanager
def unprivileged() -> Iterator[None]:
    """Lay down the rights of root, which no file mode stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def limited_file_size(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_files_and_folder_are_closed_to_others(path: Path, store_type: StoreType) -> None:
    with closing(store_type(path)) as store:
        write(store)
        modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert modes == dict.fromkeys(("some.db", "some.db-wal", "some.db-shm"), 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_rights_of_others_to_a_restored_file_are_taken_away(
    path: Path, store_type: StoreType
) -> None:
    path.chmod(0o644)
    open_and_use(store_type, path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path, store_type: StoreType) -> None:
    tmp_path.chmod(0o750)
    open_and_use(store_type, tmp_path / "new.db")
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def test_nothing_but_the_database_is_left_after_creating_it(path: Path) -> None:
    assert [each.name for each in path.parent.iterdir()] == ["some.db"]


def test_a_file_that_is_no_database(path: Path, store_type: StoreType) -> None:
    path.write_text("my shopping list\n" * 1_000)
    advice = sentence_of(lambda: store_type(path), path)
    assert advice == (
        "is no database or is damaged; restore a backup, or move it away to start anew"
    )
    assert path.read_text().startswith("my shopping list")


def test_a_file_that_was_cut_short(path: Path, store_type: StoreType) -> None:
    os.truncate(path, path.stat().st_size // 2)
    advice = sentence_of(lambda: open_and_use(store_type, path), path)
    assert advice == "is damaged; restore a backup, or move it away to start anew"


def test_a_file_with_overwritten_pages(path: Path, store_type: StoreType) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    advice = sentence_of(lambda: open_and_use(store_type, path), path)
    assert "restore a backup" in advice


def test_an_empty_file(path: Path, store_type: StoreType) -> None:
    os.truncate(path, 0)
    advice = sentence_of(lambda: store_type(path), path)
    assert advice.startswith("is empty although a database is never; restore a backup")
    assert path.stat().st_size == 0


def test_a_file_of_a_newer_program(path: Path, store_type: StoreType) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE {VERSION_TABLES[store_type]} SET version_num = '9999'")  # noqa: S608
    before = path.read_bytes()
    advice = sentence_of(lambda: store_type(path), path)
    assert advice.startswith("was written by a newer ETRMS (its schema is 9999")
    assert advice.endswith("update the program or restore an older backup")
    assert path.read_bytes() == before


def test_a_read_only_file(public_path: Path, store_type: StoreType) -> None:
    public_path.chmod(0o444)
    public_path.parent.chmod(0o777)
    with unprivileged():
        advice = sentence_of(lambda: store_type(public_path), public_path)
    assert advice == "is read-only; make the file and its folder writable"


def test_a_read_only_folder(public_path: Path, store_type: StoreType) -> None:
    public_path.chmod(0o666)
    public_path.parent.chmod(0o555)
    with unprivileged():
        advice = sentence_of(lambda: store_type(public_path), public_path)
    assert "check the rights" in advice or "make the file and its folder writable" in advice


def test_a_file_that_nobody_may_read(public_path: Path, store_type: StoreType) -> None:
    public_path.chmod(0o000)
    with unprivileged():
        advice = sentence_of(lambda: store_type(public_path), public_path)
    assert advice == "cannot be opened; check the rights of file and folder"


def test_a_new_file_in_a_read_only_folder(public_path: Path, store_type: StoreType) -> None:
    wanted = public_path.with_name("new.db")
    public_path.parent.chmod(0o555)
    with unprivileged():
        advice = sentence_of(lambda: store_type(wanted), wanted)
    assert advice == "cannot be opened (Permission denied); check the rights of file and folder"
    assert not wanted.exists()


def test_a_folder_in_place_of_the_file(tmp_path: Path, store_type: StoreType) -> None:
    advice = sentence_of(lambda: store_type(tmp_path), tmp_path)
    assert advice == "cannot be opened; check the rights of file and folder"


def test_a_disk_that_takes_no_more_leaves_what_was_stored(
    path: Path, store_type: StoreType
) -> None:
    with closing(store_type(path)) as store:
        before = read(store)
        with limited_file_size(path.stat().st_size):
            advice = sentence_of(lambda: write(store, rows=500), path)
            assert read(store) == before
        write(store, rows=500)
    assert advice.startswith("cannot ")
    assert "disk" in advice
