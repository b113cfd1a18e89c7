"""Database errors become sentences."""

import sqlite3

import pytest
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from etrms_core.adapters.storage.error_translation import (
    SENTENCES,
    database_trouble,
    storage_errors,
)
from etrms_core.errors import StorageError


def failure(code: int | None, text: str = "trouble\nsecond line") -> OperationalError:
    origin = sqlite3.OperationalError(text)
    if code is not None:
        origin.sqlite_errorcode = code
    return OperationalError("SELECT secret", {"x": 1}, origin)


@pytest.mark.parametrize("code", SENTENCES)
def test_a_known_trouble_is_told_with_advice(code: int) -> None:
    extended = code | (7 << 8)
    assert database_trouble(failure(code)) == SENTENCES[code]
    assert database_trouble(failure(extended)) == SENTENCES[code]
    assert ";" in SENTENCES[code]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (failure(None), "failed: trouble"),
        (failure(sqlite3.SQLITE_CONSTRAINT), "failed: trouble"),
        (failure(None, ""), "failed: OperationalError"),
        (ArgumentError("no such thing"), "failed: no such thing"),
    ],
)
def test_an_unknown_trouble_is_told_in_its_first_line(error: DBAPIError, sentence: str) -> None:
    assert database_trouble(error) == sentence


def test_a_translated_error_names_the_database_and_keeps_its_cause() -> None:
    cause = failure(sqlite3.SQLITE_FULL)
    with pytest.raises(StorageError) as caught, storage_errors("/home/me/etrms.db"):
        raise cause
    assert str(caught.value) == (
        "/home/me/etrms.db cannot grow because the disk is full; free some space"
    )
    assert caught.value.__cause__ is cause


def test_errors_that_are_not_the_database_s_pass() -> None:
    with pytest.raises(KeyError), storage_errors("name"):
        raise KeyError
