"""Reading every venue at once."""

from dataclasses import replace
from datetime import timedelta
from threading import Event
from time import monotonic

from etrms_core.domain.account import AccountState
from etrms_core.domain.events import DeskEventKind
from etrms_core.errors import ExchangeUnavailableError
from etrms_core.services.account_readers import AccountReaders
from tests.builders import NOW, make_account, make_position
from tests.fakes import ScriptedExchange


class HangingExchange(ScriptedExchange):
    """A venue whose readings wait for `free`."""

    def __init__(self, state: AccountState) -> None:
        super().__init__(state)
        self.free = Event()

    def fetch_account(self) -> AccountState:
        self.free.wait(10.0)
        return super().fetch_account()


def readers(*venues: ScriptedExchange, known: tuple[AccountState, ...] = ()) -> AccountReaders:
    return AccountReaders(
        {venue.account: venue for venue in venues},
        known={account.account: account for account in known},
        clock=lambda: NOW,
        patience_seconds=0.1,
        first_patience_seconds=0.3,
    )


def test_accounts_and_contracts_are_read_together() -> None:
    venue = ScriptedExchange(make_account(make_position()))
    reading = readers(venue)
    assert reading.read() == []
    assert reading.accounts() == {"main": venue.state}
    assert set(reading.instruments()["main"]) == {"BTCUSDT"}


def test_an_account_that_was_never_read_is_unread_and_not_empty() -> None:
    venue = ScriptedExchange(make_account())
    venue.trouble = ExchangeUnavailableError("no answer", venue="paper")
    reading = readers(venue)
    (event,) = reading.read()
    assert (event.kind, event.subject) == (DeskEventKind.SOURCE_ERROR, "main")
    assert reading.accounts()["main"].observed_at is None
    assert reading.errors == {"main": "paper: no answer"}


def test_what_was_stored_last_counts_until_the_venue_answers() -> None:
    stored = replace(make_account(make_position()), observed_at=NOW - timedelta(hours=1))
    venue = ScriptedExchange(make_account())
    venue.trouble = ExchangeUnavailableError("no answer", venue="paper")
    reading = readers(venue, known=(stored, make_account(account="gone")))
    reading.read()
    assert reading.accounts() == {"main": stored}


def test_an_error_is_told_once_and_again_after_it_was_over() -> None:
    venue = ScriptedExchange(make_account())
    reading = readers(venue)
    told = []
    for is_silent in (True, True, False, True):
        trouble = ExchangeUnavailableError("no answer", venue="paper")
        venue.trouble = trouble if is_silent else None
        told.append(len(reading.read()))
    assert told == [1, 0, 0, 1]


def test_a_venue_that_hangs_delays_the_others_once_and_is_then_not_waited_for() -> None:
    slow, fast = HangingExchange(make_account(account="slow")), ScriptedExchange(make_account())
    reading = readers(slow, fast)
    started = monotonic()
    (event,) = reading.read()
    assert 0.3 <= monotonic() - started < 1.0  # the first reading is more patient
    assert (event.subject, "no answer for 0." in event.detail) == ("slow", True)
    started = monotonic()
    assert reading.read() == []
    assert monotonic() - started < 0.1
    assert reading.accounts()["main"].observed_at == NOW
    slow.free.set()
    deadline = monotonic() + 5.0
    while reading.errors and monotonic() < deadline:
        reading.read()
    assert reading.accounts()["slow"] == slow.state


def test_a_hurried_reading_blames_nobody() -> None:
    slow = HangingExchange(make_account())
    reading = readers(slow)
    reading.hurry()
    started = monotonic()
    assert reading.read() == []
    assert monotonic() - started < 0.2
    assert reading.errors == {}
    slow.free.set()
