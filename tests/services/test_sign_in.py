"""Logins, tickets and sessions."""

import statistics
from datetime import timedelta
from time import thread_time

import pytest

from etrms_core.engine.sign_in_ports import WebSession
from etrms_core.errors import ConfigurationError, StorageError
from etrms_core.services.sign_in import (
    LoggedIn,
    SessionEnd,
    SignIn,
    Throttled,
    WrongPassword,
)
from tests.fakes import in_memory_stores
from tests.services.entrance import ELSEWHERE, GOOD, NAME, OTHER, Entrance
from tests.sign_in_fakes import InMemoryWebSessionStore


@pytest.fixture
def entrance() -> Entrance:
    return Entrance()


def fail(entrance: Entrance, times: int, *, name: str = NAME, address: str | None = None) -> None:
    for _ in range(times):
        assert isinstance(entrance.sign_in.log_in(name, OTHER, address=address), WrongPassword)


def test_the_right_password_leads_to_a_session(entrance: Entrance) -> None:
    found = entrance.sign_in.look_up(entrance.session())
    assert isinstance(found, WebSession)
    assert found.owner == entrance.owner.stamp
    assert found.expires_at - found.created_at == timedelta(hours=12)


@pytest.mark.parametrize(
    ("name", "password"), [(NAME, OTHER), ("bob", GOOD), ("", ""), (NAME, GOOD + " ")]
)
def test_anything_else_does_not(entrance: Entrance, name: str, password: str) -> None:
    outcome = entrance.sign_in.log_in(name, password, address=None)
    assert outcome == WrongPassword(timedelta(0))


def test_the_first_owner_needs_no_second_login() -> None:
    entrance = Entrance()
    stores = in_memory_stores()
    entrance.stores, entrance.owner = (
        stores,
        type(entrance.owner)(
            stores.owner, stores.desk, hasher=entrance.owner._hasher, clock=entrance.clock
        ),
    )
    entrance.restart()
    session_id = entrance.sign_in.accept(entrance.sign_in.create_owner("eve", OTHER).ticket)
    found = entrance.sign_in.look_up(session_id)
    assert isinstance(found, WebSession)
    assert found.owner.name == "eve"


def test_a_second_owner_cannot_be_made(entrance: Entrance) -> None:
    with pytest.raises(ConfigurationError, match="has an owner already"):
        entrance.sign_in.create_owner("eve", OTHER)
    assert entrance.owner.name == NAME


def test_neither_ticket_nor_session_id_is_kept(entrance: Entrance) -> None:
    ticket = entrance.ticket()
    assert entrance.stores.web_sessions.take_ticket(ticket) is None
    session_id = entrance.sign_in.accept(ticket)
    assert session_id is not None
    assert len(session_id) >= 43
    assert entrance.stores.web_sessions.session(session_id) is None
    (kept,) = entrance.sign_in.sessions()
    assert session_id not in repr(kept)
    assert ticket not in repr(LoggedIn(ticket))
    assert not any(session_id in str(event) or ticket in str(event) for event in entrance.events())


def test_a_ticket_is_good_once(entrance: Entrance) -> None:
    ticket = entrance.ticket()
    assert entrance.sign_in.accept(ticket) is not None
    assert entrance.sign_in.accept(ticket) is None
    assert entrance.sign_in.accept("") is None


@pytest.mark.parametrize(("seconds", "is_good"), [(29.9, True), (30.0, False)])
def test_a_ticket_is_good_for_half_a_minute(
    entrance: Entrance, seconds: float, is_good: bool
) -> None:
    ticket = entrance.ticket()
    entrance.clock.advance(seconds=seconds)
    assert (entrance.sign_in.accept(ticket) is not None) is is_good


def test_a_ticket_ends_with_the_password(entrance: Entrance) -> None:
    ticket = entrance.ticket()
    entrance.clock.advance(seconds=1)
    entrance.owner.change_password(NAME, OTHER)
    assert entrance.sign_in.accept(ticket) is None


def test_what_a_browser_calls_itself_is_kept_short(entrance: Entrance) -> None:
    entrance.sign_in.accept(entrance.ticket(), user_agent="Fire\nfox " * 100)
    (session,) = entrance.sign_in.sessions()
    assert session.user_agent == ("Firefox " * 100)[:200]


@pytest.mark.parametrize("session_id", [None, ""])
def test_without_an_id_there_is_no_session(entrance: Entrance, session_id: str | None) -> None:
    assert entrance.sign_in.look_up(session_id) is SessionEnd.NONE


@pytest.mark.parametrize("session_id", ["x", "x" * 10_000, "\ud800", "' OR 1=1 --"])
def test_an_invented_id_is_no_session(entrance: Entrance, session_id: str) -> None:
    entrance.session()
    assert entrance.sign_in.look_up(session_id) is SessionEnd.UNKNOWN


def test_a_session_ends_after_half_an_hour_without_use(entrance: Entrance) -> None:
    session_id = entrance.session()
    for _ in range(5):
        entrance.clock.advance(minutes=29, seconds=59)
        assert isinstance(entrance.sign_in.look_up(session_id), WebSession)
    entrance.clock.advance(minutes=30)
    assert entrance.sign_in.look_up(session_id) is SessionEnd.IDLE
    assert entrance.sign_in.sessions() == ()


def test_a_session_ends_after_twelve_hours_of_use(entrance: Entrance) -> None:
    session_id = entrance.session()
    for _ in range(12 * 6 - 1):
        entrance.clock.advance(minutes=10)
        assert isinstance(entrance.sign_in.look_up(session_id), WebSession)
    entrance.clock.advance(minutes=10)
    assert entrance.sign_in.look_up(session_id) is SessionEnd.EXPIRED


def test_looking_up_every_second_stores_once_a_minute(entrance: Entrance) -> None:
    session_id = entrance.session()
    store = entrance.stores.web_sessions
    assert isinstance(store, InMemoryWebSessionStore)
    for _ in range(180):
        entrance.clock.advance(seconds=1)
        entrance.sign_in.look_up(session_id)
    assert len(store.touched) == 3


def test_a_full_disk_does_not_close_the_pages(entrance: Entrance) -> None:
    session_id = entrance.session()
    store = entrance.stores.web_sessions
    assert isinstance(store, InMemoryWebSessionStore)
    store.trouble = StorageError("the disk is full")
    entrance.clock.advance(minutes=2)
    assert isinstance(entrance.sign_in.look_up(session_id), WebSession)


def test_a_copied_id_is_dead_after_logging_out(entrance: Entrance) -> None:
    session_id, other = entrance.session(), entrance.session()
    assert entrance.sign_in.log_out(session_id)
    assert entrance.sign_in.look_up(session_id) is SessionEnd.UNKNOWN
    assert isinstance(entrance.sign_in.look_up(other), WebSession)
    assert not entrance.sign_in.log_out(session_id)
    assert not entrance.sign_in.log_out(None)


def test_a_changed_password_ends_every_session(entrance: Entrance) -> None:
    ids = [entrance.session() for _ in range(3)]
    entrance.clock.advance(microseconds=1)
    entrance.owner.change_password(NAME, OTHER)
    assert {entrance.sign_in.look_up(each) for each in ids} == {SessionEnd.PASSWORD_CHANGED}
    assert entrance.sign_in.sessions() == ()


def test_one_browser_can_be_logged_out_by_another() -> None:
    entrance = Entrance()
    mine, other = entrance.session(), entrance.session()
    session = entrance.sign_in.look_up(other)
    assert isinstance(session, WebSession)
    assert entrance.sign_in.end_session(session.id_hash)
    assert not entrance.sign_in.end_session(session.id_hash)
    assert entrance.sign_in.look_up(other) is SessionEnd.UNKNOWN
    assert isinstance(entrance.sign_in.look_up(mine), WebSession)
    assert entrance.events()[-1] == ("logged_out", NAME, "another browser")


def test_all_browsers_can_be_logged_out(entrance: Entrance) -> None:
    ids, ticket = [entrance.session() for _ in range(3)], entrance.ticket()
    assert entrance.sign_in.log_out_everywhere() == 3
    assert {entrance.sign_in.look_up(each) for each in ids} == {SessionEnd.UNKNOWN}
    assert entrance.sign_in.accept(ticket) is None


def test_sessions_survive_a_restart(entrance: Entrance) -> None:
    session_id = entrance.session()
    entrance.restart()
    assert isinstance(entrance.sign_in.look_up(session_id), WebSession)


def test_ended_sessions_are_forgotten_a_day_later(entrance: Entrance) -> None:
    session_id = entrance.session()
    entrance.clock.advance(hours=35)
    entrance.session()
    assert entrance.sign_in.look_up(session_id) is SessionEnd.EXPIRED
    entrance.clock.advance(hours=2)
    entrance.session()
    assert entrance.sign_in.look_up(session_id) is SessionEnd.UNKNOWN


def test_after_five_failures_even_the_right_password_is_not_looked_at(entrance: Entrance) -> None:
    fail(entrance, 4)
    assert entrance.sign_in.log_in(NAME, OTHER, address=None) == WrongPassword(
        timedelta(seconds=30)
    )
    entrance.clock.advance(seconds=10)
    assert entrance.sign_in.log_in(NAME, GOOD, address=None) == Throttled(timedelta(seconds=20))
    entrance.clock.advance(seconds=20)
    assert isinstance(entrance.sign_in.log_in(NAME, GOOD, address=None), LoggedIn)


def test_tries_while_waiting_do_not_lengthen_the_wait(entrance: Entrance) -> None:
    fail(entrance, 5)
    for _ in range(100):
        assert isinstance(entrance.sign_in.log_in(NAME, OTHER, address=None), Throttled)
    entrance.clock.advance(seconds=30)
    assert isinstance(entrance.sign_in.log_in(NAME, GOOD, address=None), LoggedIn)


def test_a_restart_does_not_shorten_the_wait(entrance: Entrance) -> None:
    fail(entrance, 5)
    entrance.restart()
    assert entrance.sign_in.log_in(NAME, GOOD, address=None) == Throttled(timedelta(seconds=30))


def test_ten_wrong_tries_end_in_a_wait_that_ends_by_itself(entrance: Entrance) -> None:
    waits = []
    for _ in range(10):
        outcome = entrance.sign_in.log_in(NAME, OTHER, address=None)
        assert isinstance(outcome, WrongPassword)
        waits.append(outcome.wait.total_seconds())
        entrance.clock.advance(seconds=waits[-1])
    assert waits == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900]
    assert isinstance(entrance.sign_in.log_in(NAME, GOOD, address=None), LoggedIn)


def test_an_account_waits_from_every_address(entrance: Entrance) -> None:
    for number in range(5):
        fail(entrance, 1, address=f"203.0.113.{number}")
    assert isinstance(entrance.sign_in.log_in(NAME, GOOD, address="198.51.100.1"), Throttled)


def test_an_address_waits_with_every_name(entrance: Entrance) -> None:
    for number in range(5):
        fail(entrance, 1, name=f"guess {number}", address=ELSEWHERE)
    assert isinstance(entrance.sign_in.log_in(NAME, GOOD, address=ELSEWHERE), Throttled)
    assert isinstance(entrance.sign_in.log_in(NAME, GOOD, address=None), LoggedIn)


def test_an_unknown_name_waits_as_a_known_one_does(entrance: Entrance) -> None:
    for name, address in (("nobody", ELSEWHERE), (NAME, "198.51.100.1")):
        outcomes = [entrance.sign_in.log_in(name, OTHER, address=address) for _ in range(6)]
        assert outcomes == [
            *[WrongPassword(timedelta(0))] * 4,
            WrongPassword(timedelta(seconds=30)),
            Throttled(timedelta(seconds=30)),
        ]


def test_a_success_forgets_the_failures_before(entrance: Entrance) -> None:
    for _ in range(3):
        fail(entrance, 4)
        assert isinstance(entrance.sign_in.log_in(NAME, GOOD, address=None), LoggedIn)


def test_what_happened_is_in_the_log_but_never_what_was_typed(entrance: Entrance) -> None:
    session_id = entrance.session()
    entrance.sign_in.log_out(session_id)
    fail(entrance, 4, address=ELSEWHERE)
    fail(entrance, 1, name="my secret password", address=ELSEWHERE)
    entrance.sign_in.log_out_everywhere()
    assert entrance.events() == [
        ("logged_in", NAME, "from this machine"),
        ("logged_out", NAME, "one browser"),
        (
            "login_throttled",
            "login",
            "wrong passwords from 203.0.113.7; no other is looked at for 30 s",
        ),
        ("logged_out", NAME, "all 0 browsers"),
    ]


def test_known_and_unknown_names_take_equal_time() -> None:
    # Of this thread's own work, so that a busy machine does not matter.
    entrance = Entrance(cost=12)
    seconds: dict[str, list[float]] = {NAME: [], "nobody": []}
    for number in range(8):
        for name, measured in seconds.items():
            sign_in = SignIn(
                in_memory_stores(), entrance.owner, clock=entrance.clock, desk_id=f"{number}"
            )
            started = thread_time()
            outcome = sign_in.log_in(name, OTHER, address=None)
            measured.append(thread_time() - started)
            assert isinstance(outcome, WrongPassword)
    known, unknown = (statistics.median(each) for each in seconds.values())
    assert unknown == pytest.approx(known, rel=0.1)
