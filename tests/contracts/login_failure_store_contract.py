"""What the desk may rely on whatever keeps failed logins."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.sign_in_ports import (
    LoginFailures,
    LoginFailureStore,
    LoginSource,
    SourceKind,
)
from tests.builders import NOW

ACCOUNT = LoginSource(SourceKind.ACCOUNT, "0f3a")
ADDRESS = LoginSource(SourceKind.ADDRESS, "0f3a")
FIRST = LoginFailures(ACCOUNT, 1, NOW)
FIFTH = LoginFailures(ACCOUNT, 5, NOW + timedelta(microseconds=1), NOW + timedelta(seconds=30))


class LoginFailureStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> LoginFailureStore:
        return stores.login_failures

    def test_at_first_there_are_no_failures(self, store: LoginFailureStore) -> None:
        assert store.failures(ACCOUNT) is None
        store.forget_failures(ACCOUNT)
        store.forget_old_failures(before=NOW)

    @pytest.mark.parametrize("failures", [FIRST, FIFTH])
    def test_failures_come_back_with_every_field(
        self, store: LoginFailureStore, failures: LoginFailures
    ) -> None:
        assert store.replace_failures(failures, seen=None)
        assert store.failures(ACCOUNT) == failures

    def test_an_account_is_not_an_address_of_that_name(self, store: LoginFailureStore) -> None:
        assert store.replace_failures(FIRST, seen=None)
        assert store.failures(ADDRESS) is None
        other = replace(FIFTH, source=ADDRESS)
        assert store.replace_failures(other, seen=None)
        store.forget_failures(ACCOUNT)
        assert (store.failures(ACCOUNT), store.failures(ADDRESS)) == (None, other)

    def test_what_changed_since_it_was_seen_stays(self, store: LoginFailureStore) -> None:
        assert not store.replace_failures(FIFTH, seen=FIRST)
        assert store.replace_failures(FIRST, seen=None)
        assert not store.replace_failures(FIFTH, seen=None)
        for other in (
            replace(FIRST, failures=2),
            replace(FIRST, failed_at=NOW + timedelta(microseconds=1)),
            replace(FIRST, not_before=NOW),
        ):
            assert not store.replace_failures(FIFTH, seen=other)
        assert store.failures(ACCOUNT) == FIRST
        assert store.replace_failures(FIFTH, seen=FIRST)
        assert store.replace_failures(replace(FIFTH, failures=6), seen=FIFTH)

    @pytest.mark.parametrize("seen", [None, FIRST])
    def test_of_many_that_replace_at_once_one_succeeds(
        self, store: LoginFailureStore, seen: LoginFailures | None
    ) -> None:
        if seen is not None:
            store.replace_failures(seen, seen=None)
        gate = Barrier(4)

        def replace_with_the_others(number: int) -> bool:
            gate.wait()
            return store.replace_failures(replace(FIFTH, failures=10 + number), seen=seen)

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(replace_with_the_others, range(4))) == 1

    def test_only_what_failed_before_is_forgotten(self, store: LoginFailureStore) -> None:
        old = replace(FIRST, source=ADDRESS, failed_at=NOW - timedelta(microseconds=1))
        for failures in (FIRST, old):
            store.replace_failures(failures, seen=None)
        store.forget_old_failures(before=NOW)
        assert (store.failures(ACCOUNT), store.failures(ADDRESS)) == (FIRST, None)
