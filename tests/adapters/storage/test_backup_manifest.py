"""What a backup says about itself."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from etrms_core.adapters.storage.backup_manifest import (
    BackupManifest,
    BackupMember,
    is_member_name,
    manifest_text,
    parse_manifest,
)
from etrms_core.errors import DataError

MANIFEST = BackupManifest(
    format_version=1,
    etrms_version="0.1.0",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    schemas={"etrms.db": "0001"},
    members=(BackupMember("etrms.db", 10, "a" * 64),),
)


def changed(**fields: object) -> bytes:
    return json.dumps({**json.loads(manifest_text(MANIFEST)), **fields}).encode()


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert parse_manifest(manifest_text(MANIFEST).encode(), name="x") == MANIFEST
    assert MANIFEST.size == 10


def test_a_newer_format_says_what_to_do() -> None:
    with pytest.raises(DataError, match=r"x was written by a newer ETRMS .* update the program"):
        parse_manifest(changed(format_version=2, members="something new"), name="x")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"format_version": None}, "its manifest cannot be read"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": "2026-01-01T00:00:00"}, "no time zone"),
        ({"members": [{"name": "etrms.db"}]}, "members"),
        ({"members": [{"name": "etrms.db", "size": -1, "sha256": "a" * 64}]}, "wrong size"),
        ({"members": [{"name": "etrms.db", "size": 1, "sha256": "b"}]}, "wrong size or hash"),
        ({"has_desk_database": False}, "does not list the desk's database"),
        ({"members": []}, "does not list the desk's database"),
    ],
)
def test_a_damaged_manifest_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        parse_manifest(changed(**fields), name="x")


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_manifest_is_refused(text: bytes) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        parse_manifest(text, name="x")


def test_a_file_named_twice_is_refused() -> None:
    twice = replace(MANIFEST, members=MANIFEST.members * 2)
    with pytest.raises(DataError, match="names a file twice"):
        parse_manifest(manifest_text(twice).encode(), name="x")


@pytest.mark.parametrize("name", ["etrms.db", "strategies/a.py", "strategies/a/b c.py"])
def test_files_of_a_home_may_be_members(name: str) -> None:
    assert is_member_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "a", "strategies", "strategies/", "strategies/..", "strategies/./a", "../etrms.db"),
        *("/etrms.db", "strategies/a\0", "strategies/c:a", "bars/x", "desk.lock"),
        "strategies/\udcff",
    ],
)
def test_nothing_else_may(name: str) -> None:
    assert not is_member_name(name)
