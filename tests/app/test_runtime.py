"""The desk of the process."""

from collections.abc import Iterator

import pytest

from app import runtime
from etrms_core.errors import ConfigurationError, StorageError
from tests.app.desks import make_desk


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    yield
    runtime.set_desk(None)
    runtime.set_start_error(None)


def test_without_a_desk_it_says_how_to_start_one() -> None:
    with pytest.raises(ConfigurationError, match="etrms run"):
        runtime.desk()


def test_the_desk_that_was_set_is_the_one_returned() -> None:
    desk = make_desk()
    runtime.set_desk(desk)
    assert runtime.desk() is desk


def test_why_a_start_failed_is_remembered() -> None:
    assert runtime.start_error() is None
    error = StorageError("the disk is full")
    runtime.set_start_error(error)
    assert runtime.start_error() is error
