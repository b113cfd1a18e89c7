"""Counting failed logins by account and address."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from etrms_core.engine.login_throttle import LoginThrottle
from etrms_core.engine.sign_in_ports import LoginFailures
from etrms_core.services.login_guard import (
    LoginGuard,
    account_source,
    address_name,
    address_source,
)
from tests.builders import NOW
from tests.fakes import ManualClock
from tests.sign_in_fakes import InMemoryLoginFailureStore

SOURCES = (account_source("ada"), address_source("203.0.113.7"))


def test_of_many_tries_at_once_no_more_are_looked_at_than_one_after_the_other() -> None:
    guard = LoginGuard(InMemoryLoginFailureStore(), clock=ManualClock(NOW))
    gate = Barrier(20)

    def try_with_the_others(_number: int) -> timedelta:
        gate.wait()
        return guard.count(SOURCES)

    with ThreadPoolExecutor(20) as pool:
        waits = list(pool.map(try_with_the_others, range(20)))
    assert sum(not wait for wait in waits) <= LoginThrottle().free_failures
    assert guard.count(SOURCES) == timedelta(seconds=30)


def test_old_failures_of_others_are_forgotten_with_a_success() -> None:
    store, clock = InMemoryLoginFailureStore(), ManualClock(NOW)
    guard = LoginGuard(store, clock=clock)
    stranger = address_source("198.51.100.1")
    guard.count([stranger])
    clock.advance(hours=23)
    guard.forget(SOURCES)
    assert store.failures(stranger) is not None
    clock.advance(hours=2)
    guard.forget(SOURCES)
    assert store.failures(stranger) is None


@pytest.mark.parametrize("name", ["Ada", " ada ", "ADA"])
def test_ways_to_write_a_name_are_one_account(name: str) -> None:
    assert account_source(name) == account_source("ada")
    assert account_source("bob") != account_source("ada")


def test_a_password_typed_as_a_name_cannot_be_guessed_from_what_is_kept() -> None:
    assert len(account_source("my secret password \ud800").subject) == 4


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (None, "this machine"),
        ("", "this machine"),
        ("127.0.0.1", "this machine"),
        ("::1", "this machine"),
        ("::ffff:127.0.0.1", "this machine"),
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("testclient", "unknown address"),
        ("x" * 10_000, "unknown address"),
    ],
)
def test_an_address_stands_for_one_client(address: str | None, name: str) -> None:
    assert address_name(address) == name


def test_a_try_that_was_overtaken_by_the_last_free_one_waits() -> None:
    class Overtaken(InMemoryLoginFailureStore):
        def replace_failures(self, failures: LoginFailures, *, seen: LoginFailures | None) -> bool:
            locked = replace(failures, not_before=NOW + timedelta(seconds=30))
            super().replace_failures(locked, seen=seen)
            return False

    guard = LoginGuard(Overtaken(), clock=ManualClock(NOW))
    assert guard.count(SOURCES) == timedelta(seconds=30)
