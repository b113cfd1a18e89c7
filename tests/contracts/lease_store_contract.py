"""What the desk may rely on whatever keeps its lease."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from etrms_core.domain.lease import Lease
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.lease_ports import LeaseReading, LeaseStore
from etrms_core.errors import LeaseLostError


def take(store: LeaseStore, holder: str) -> Lease:
    """Take the lease as it is now."""
    lease = store.take(holder, seen=store.read())
    assert lease is not None
    return lease


class LeaseStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> LeaseStore:
        return stores.lease

    def test_a_new_desk_has_no_lease(self, store: LeaseStore) -> None:
        assert store.read() is None

    def test_the_first_lease_has_the_first_number(self, store: LeaseStore) -> None:
        assert take(store, "a") == Lease("a", 1)
        assert store.read() == LeaseReading(Lease("a", 1), 0, is_released=False)

    def test_every_taking_has_a_greater_number_also_after_a_release(
        self, store: LeaseStore
    ) -> None:
        fences = []
        for holder in ("a", "b", "a", "a"):
            lease = take(store, holder)
            fences.append(lease.fence)
            store.release(lease)
        assert fences == [1, 2, 3, 4]

    def test_a_lease_that_changed_since_it_was_seen_is_not_taken(self, store: LeaseStore) -> None:
        first = take(store, "a")
        seen = store.read()
        store.renew(first)
        assert store.take("b", seen=seen) is None
        assert store.take("b", seen=None) is None
        seen = store.read()
        store.release(first)
        assert store.take("b", seen=seen) is None
        assert store.read() == LeaseReading(first, 1, is_released=True)

    def test_a_lease_that_was_never_there_is_not_taken(self, store: LeaseStore) -> None:
        assert store.take("b", seen=LeaseReading(Lease("a", 1), 0, is_released=False)) is None
        assert store.read() is None

    def test_renewals_grow_over_holders_too(self, store: LeaseStore) -> None:
        seen = []
        for holder in ("a", "b"):
            lease = take(store, holder)
            for _ in range(3):
                reading = store.read()
                assert reading is not None
                seen.append(reading.renewals)
                store.renew(lease)
        assert seen == sorted(set(seen))

    def test_a_lease_that_another_one_took_cannot_be_renewed(self, store: LeaseStore) -> None:
        old = take(store, "a")
        new = take(store, "b")
        before = store.read()
        with pytest.raises(LeaseLostError, match="a does not hold the desk any more"):
            store.renew(old)
        assert store.read() == before
        store.renew(new)

    @pytest.mark.parametrize("unknown", [Lease("a", 2), Lease("b", 1)])
    def test_an_unknown_lease_is_lost(self, store: LeaseStore, unknown: Lease) -> None:
        with pytest.raises(LeaseLostError):
            store.renew(unknown)
        take(store, "a")
        with pytest.raises(LeaseLostError):
            store.renew(unknown)

    def test_a_lease_that_was_given_up_cannot_be_renewed(self, store: LeaseStore) -> None:
        lease = take(store, "a")
        store.release(lease)
        with pytest.raises(LeaseLostError):
            store.renew(lease)
        assert store.read() == LeaseReading(lease, 0, is_released=True)

    def test_giving_up_a_lost_lease_leaves_the_new_one(self, store: LeaseStore) -> None:
        old = take(store, "a")
        new = take(store, "b")
        store.release(old)
        assert store.read() == LeaseReading(new, 1, is_released=False)

    @pytest.mark.parametrize("is_first", [True, False])
    def test_of_many_that_take_at_once_one_wins(self, store: LeaseStore, is_first: bool) -> None:
        if not is_first:
            take(store, "before")
        seen, gate = store.read(), Barrier(8)

        def take_with_the_others(number: int) -> Lease | None:
            gate.wait()
            return store.take(f"holder {number}", seen=seen)

        with ThreadPoolExecutor(8) as pool:
            won = [lease for lease in pool.map(take_with_the_others, range(8)) if lease]
        reading = store.read()
        assert reading is not None
        assert won == [reading.lease]
