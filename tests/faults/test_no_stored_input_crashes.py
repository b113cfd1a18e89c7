"""No damaged row, journal record, manifest or file of positions crashes its reader (P9)."""

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from etrms_core.adapters.storage.backup_manifest import parse_manifest
from etrms_core.adapters.storage.record_document import record_body, record_from_body
from etrms_core.adapters.storage.stores import open_stores
from etrms_core.breakers.rule_document import parse_rules_json, parse_rules_toml
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.storage_ports import CycleRecord
from etrms_core.errors import EtrmsError
from etrms_core.services.replay_inputs import read_positions
from etrms_core.settings import load_settings
from tests.builders import NOW, make_account, make_fill, make_position, make_stop
from tests.engine.desk import HALVE, make_rule
from tests.engine.intents import make_intent
from tests.faults.test_no_input_crashes import changed

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
HERE = settings(max_examples=2_000, suppress_health_check=SLOW)
LONG = settings(max_examples=100_000, suppress_health_check=SLOW)
EVENT = DeskEvent(NOW, DeskEventKind.SOURCE_ERROR, "main", "no answer")
RECORD = CycleRecord(
    memory=CycleMemory(as_of=NOW),
    accounts=(
        make_account(make_position(), orders=(make_stop(1.0),), fills=(make_fill("1", 1.0),)),
    ),
    events=(EVENT,),
    intents=(make_intent(),),
    taken=(3,),
)
JOURNALED = json.loads(zlib.decompress(record_body(RECORD)))
MANIFEST = {
    "format_version": 1,
    "etrms_version": "0.1.0",
    "created_at": "2025-10-10T12:00:00+00:00",
    "schemas": {"etrms.db": "0001"},
    "members": [{"name": "etrms.db", "size": 4096, "sha256": "0" * 64}],
    "has_desk_database": True,
    "left_out": ["bars"],
}
POSITIONS = [
    {"symbol": "BTCUSDT", "quantity": 1.0, "entry_price": 100.0, "leverage": 5.0},
    {"symbol": "ETHUSDT", "quantity": -1.0, "entry_price": 50.0, "margin_mode": "isolated"},
]


@st.composite
def damaged(draw: st.DrawFn, document: object) -> bytes:
    """Change a document anywhere, or its text."""
    text = json.dumps(changed(draw, document)).encode("utf-8", "surrogatepass")
    if draw(st.booleans()):
        return text
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.binary(max_size=4)) + text[at + draw(st.integers(0, 4)) :]


def check_record(text: bytes) -> None:
    with suppress(EtrmsError):
        record_from_body(zlib.compress(text))
    with suppress(EtrmsError):
        record_from_body(text)


def check_manifest(text: bytes) -> None:
    with suppress(EtrmsError):
        parse_manifest(text, name="backup.zip")


def check_positions(folder: Path, text: bytes) -> None:
    (folder / "positions.json").write_bytes(text)
    with suppress(EtrmsError):
        read_positions(folder / "positions.json")


@HERE
@given(damaged(JOURNALED))
def test_no_journaled_record_crashes(text: bytes) -> None:
    check_record(text)


@HERE
@given(damaged(MANIFEST))
@example(b'{"format_version": Infinity}')
def test_no_manifest_crashes(text: bytes) -> None:
    check_manifest(text)


@HERE
@given(text=damaged(POSITIONS))
def test_no_file_of_positions_crashes(tmp_path: Path, text: bytes) -> None:
    check_positions(tmp_path, text)


class Filled:
    """A desk's database with one row in every table, whose documents a test can exchange."""

    def __init__(self, folder: Path) -> None:
        self.opened = open_stores(folder / "etrms.db")
        stores = self.opened.stores
        lease = stores.lease.take("test", seen=None)
        assert lease is not None
        stores.desk.save_rules([make_rule("drawdown", 0.1, HALVE)])
        stores.desk.save_cycle(RECORD, lease=lease)
        self._own = sqlite3.connect(folder / "etrms.db", isolation_level=None)
        self._own.execute("PRAGMA synchronous = OFF")

    def document(self, table: str) -> Any:  # noqa: ANN401 (any JSON)
        (text,) = self._own.execute(f"SELECT document FROM {table}").fetchone()  # noqa: S608
        return json.loads(text)

    def check(self, table: str, text: bytes) -> None:
        """Put a text in the place of a document and read it."""
        self._own.execute(
            f"UPDATE {table} SET document = ?",  # noqa: S608 (our own name)
            [text.decode("utf-8", "replace")],
        )
        with suppress(EtrmsError):
            READERS[table](self.opened.stores)

    def close(self) -> None:
        self._own.close()
        self.opened.close()


ENDLESS = ("[" * 200_000 + "]" * 200_000, "9" * 5_000)


@pytest.mark.parametrize("value", ENDLESS, ids=["nesting without end", "digits without end"])
def test_no_endless_value_crashes(filled: Filled, tmp_path: Path, value: str) -> None:
    (tmp_path / "etrms.toml").write_text(f"a = {value}")
    (tmp_path / "positions.json").write_text(value)
    for read in (
        lambda: load_settings(tmp_path),
        lambda: read_positions(tmp_path / "positions.json"),
        lambda: parse_rules_json(value),
        lambda: parse_rules_toml(f"a = {value}"),
        lambda: parse_manifest(value.encode(), name="backup.zip"),
        lambda: record_from_body(zlib.compress(value.encode())),
    ):
        with pytest.raises(EtrmsError):
            read()
    for table in READERS:
        document = filled.document(table)
        filled.check(table, value.encode())
        filled.check(table, json.dumps(document).encode())


READERS: dict[str, Callable[[DeskStores], object]] = {
    "memory": lambda stores: stores.desk.load_memory(),
    "account_states": lambda stores: stores.desk.load_accounts(),
    "intents": lambda stores: stores.intents.recent(),
    "events": lambda stores: stores.desk.events(),
    "breakers": lambda stores: stores.desk.rules(),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    made = Filled(tmp_path_factory.mktemp("filled"))
    yield made
    made.close()


@pytest.fixture(params=sorted(READERS))
def row(request: pytest.FixtureRequest, filled: Filled) -> Iterator[tuple[str, Any]]:
    table: str = request.param
    document = filled.document(table)
    yield table, document
    filled.check(table, json.dumps(document).encode())


@HERE
@given(data=st.data())
def test_no_stored_document_crashes(
    filled: Filled, row: tuple[str, Any], data: st.DataObject
) -> None:
    table, document = row
    filled.check(table, data.draw(damaged(document)))


@pytest.mark.soak
@LONG
@given(data=st.data())
def test_no_stored_document_of_very_many_crashes(
    filled: Filled, row: tuple[str, Any], data: st.DataObject
) -> None:
    table, document = row
    filled.check(table, data.draw(damaged(document)))


@pytest.mark.soak
@LONG
@given(record=damaged(JOURNALED), manifest=damaged(MANIFEST), positions=damaged(POSITIONS))
def test_nothing_of_very_much_crashes(
    tmp_path: Path, record: bytes, manifest: bytes, positions: bytes
) -> None:
    check_record(record)
    check_manifest(manifest)
    check_positions(tmp_path, positions)
