"""Exactly one process acts for a desk."""

import pytest

from etrms_core.errors import LeaseLostError
from etrms_core.services.tenure import EXPIRES_AFTER_SECONDS, Tenure
from tests.fakes import in_memory_stores
from tests.services.acting import FakeLock, ManualSeconds


class Two:
    """Two processes that want one desk."""

    def __init__(self) -> None:
        self.leases = in_memory_stores().lease
        holders: list[FakeLock] = []
        self.locks = [FakeLock(holders), FakeLock(holders)]
        self.seconds = ManualSeconds()
        self.first, self.second = (
            Tenure(self.leases, lock, holder=name, monotonic=self.seconds)
            for name, lock in zip(("first", "second"), self.locks, strict=True)
        )

    def die(self) -> None:
        """Let the first process end without a word: the system frees its lock."""
        self.locks[0].release()


def test_a_free_desk_is_taken_at_once_and_by_one_only() -> None:
    two = Two()
    assert two.first.try_take()
    assert two.first.lease.fence == 1
    assert not two.second.try_take()
    assert not two.second.is_held
    with pytest.raises(LeaseLostError):
        _ = two.second.lease


def test_the_lock_of_a_dead_holder_is_free_at_once() -> None:
    two = Two()
    two.first.try_take()
    two.die()
    assert two.second.try_take()
    assert two.second.lease.fence == 2


def test_a_holder_that_hangs_is_replaced_when_its_lease_has_stood_still_for_five_seconds() -> None:
    two = Two()
    two.first.try_take()
    assert not two.second.try_take()
    two.seconds.advance(EXPIRES_AFTER_SECONDS - 0.1)
    assert not two.second.try_take()
    two.seconds.advance(0.1)
    assert two.second.try_take()
    assert two.second.lease.fence == 2
    with pytest.raises(LeaseLostError):
        two.first.renew()
    assert not two.first.is_held


def test_a_holder_that_renews_is_never_replaced() -> None:
    two = Two()
    two.first.try_take()
    for _ in range(20):
        two.seconds.advance(2.0)
        two.first.renew()
        assert not two.second.try_take()
    assert two.first.is_held


def test_a_lease_is_renewed_once_a_second_at_most() -> None:
    two = Two()
    two.first.try_take()
    for _ in range(10):
        two.first.renew()
        two.seconds.advance(0.25)
    reading = two.leases.read()
    assert reading is not None
    assert reading.renewals == 3


def test_force_takes_it_from_a_holder_that_lives() -> None:
    two = Two()
    two.first.try_take()
    assert two.second.try_take(by_force=True)
    with pytest.raises(LeaseLostError):
        two.first.renew()


def test_a_lease_that_was_released_is_free_for_the_next() -> None:
    two = Two()
    two.first.try_take()
    two.first.release()
    assert not two.first.is_held
    assert two.second.try_take()
    assert two.second.lease.fence == 2


def test_going_on_under_the_next_number_ends_what_held_the_old_one() -> None:
    two = Two()
    two.first.try_take()
    old = two.first.lease
    new = two.first.retake()
    assert new.fence == old.fence + 1
    with pytest.raises(LeaseLostError):
        two.leases.renew(old)
    two.second.try_take(by_force=True)
    with pytest.raises(LeaseLostError):
        two.first.retake()
    assert not two.first.is_held


def test_whoever_took_over_from_a_hanging_holder_gets_its_lock_when_that_ends() -> None:
    two = Two()
    two.first.try_take()
    two.second.try_take(by_force=True)
    assert not two.locks[1].is_held
    two.die()
    two.second.renew()
    assert two.locks[1].is_held


def test_a_lock_without_the_lease_is_given_back() -> None:
    two = Two()
    two.leases.take = lambda holder, *, seen: None  # type: ignore[method-assign]  # lost the race
    assert not two.first.try_take()
    assert not two.locks[0].is_held


def test_whoever_lost_the_lease_leaves_the_lock_to_the_one_that_took_it() -> None:
    two = Two()
    two.first.try_take()
    two.second.try_take(by_force=True)
    two.seconds.advance(1.0)
    with pytest.raises(LeaseLostError):
        two.first.renew()
    assert not two.first.try_take()
    two.second.renew()
    assert two.locks[1].is_held
    two.seconds.advance(EXPIRES_AFTER_SECONDS)
    two.second.renew()
    assert not two.first.try_take()


def test_a_lease_given_up_in_order_is_taken_at_once_also_by_the_one_that_lost_it() -> None:
    two = Two()
    two.first.try_take()
    two.second.try_take(by_force=True)
    two.seconds.advance(1.0)
    with pytest.raises(LeaseLostError):
        two.first.renew()
    two.second.release()
    assert two.first.try_take()
    assert two.first.lease.fence == 3


def test_the_first_lease_is_never_taken_from_a_holder_that_has_not_written_it_yet() -> None:
    two = Two()
    assert two.locks[0].try_acquire()
    for _ in range(3):
        two.seconds.advance(EXPIRES_AFTER_SECONDS)
        assert not two.second.try_take()
