"""A lease is a value: two of the same number and holder are the same right."""

from dataclasses import FrozenInstanceError

import pytest

from etrms_core.domain.lease import Lease


def test_a_lease_is_the_same_only_under_the_same_holder_and_number() -> None:
    assert Lease("a", 1) == Lease("a", 1)
    assert Lease("a", 1) != Lease("a", 2)
    assert Lease("a", 1) != Lease("b", 1)


def test_a_lease_cannot_be_changed_into_a_newer_one() -> None:
    lease = Lease("a", 1)
    with pytest.raises(FrozenInstanceError):
        lease.fence = 2  # type: ignore[misc]
