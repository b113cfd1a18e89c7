"""One nursery for all fault tests of a worker."""

from collections.abc import Iterator

import pytest

from tests.faults.desks import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()
