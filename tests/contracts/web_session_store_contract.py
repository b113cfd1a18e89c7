"""What the desk may rely on whatever keeps its tickets and sessions."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.sign_in_ports import LoginTicket, OwnerStamp, WebSession, WebSessionStore
from tests.builders import NOW

MICROSECOND = timedelta(microseconds=1)
ADA = OwnerStamp("ada", NOW - MICROSECOND)
TICKET = LoginTicket("1" * 64, ADA, NOW + timedelta(seconds=30))
SESSION = WebSession(
    "a" * 64,
    ADA,
    created_at=NOW,
    used_at=NOW + MICROSECOND,
    expires_at=NOW + timedelta(hours=12),
    user_agent="Söme 'browser'; --",
)


class WebSessionStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> WebSessionStore:
        return stores.web_sessions

    def test_a_new_desk_has_neither_tickets_nor_sessions(self, store: WebSessionStore) -> None:
        assert store.take_ticket(TICKET.ticket_hash) is None
        assert store.session(SESSION.id_hash) is None
        assert store.sessions() == ()
        assert store.remove_all() == 0

    def test_a_ticket_is_taken_once(self, store: WebSessionStore) -> None:
        store.add_ticket(TICKET)
        assert store.take_ticket("2" * 64) is None
        assert store.take_ticket(TICKET.ticket_hash) == TICKET
        assert store.take_ticket(TICKET.ticket_hash) is None

    def test_of_many_that_take_a_ticket_at_once_one_gets_it(self, store: WebSessionStore) -> None:
        store.add_ticket(TICKET)
        gate = Barrier(4)

        def take_with_the_others(_number: int) -> LoginTicket | None:
            gate.wait()
            return store.take_ticket(TICKET.ticket_hash)

        with ThreadPoolExecutor(4) as pool:
            taken = [ticket for ticket in pool.map(take_with_the_others, range(4)) if ticket]
        assert taken == [TICKET]

    def test_a_session_comes_back_with_every_field(self, store: WebSessionStore) -> None:
        store.add_session(SESSION)
        assert store.session(SESSION.id_hash) == SESSION
        assert store.session(SESSION.id_hash.upper()) is None

    def test_sessions_are_listed_newest_first(self, store: WebSessionStore) -> None:
        made = [
            replace(SESSION, id_hash=name * 64, created_at=NOW + timedelta(minutes=minutes))
            for name, minutes in (("b", 2), ("c", 0), ("d", 1))
        ]
        for session in made:
            store.add_session(session)
        assert store.sessions() == (made[0], made[2], made[1])

    def test_a_touch_moves_the_last_use_and_never_back(self, store: WebSessionStore) -> None:
        store.add_session(SESSION)
        later = NOW + timedelta(minutes=5)
        store.touch(SESSION.id_hash, at=later)
        assert store.session(SESSION.id_hash) == replace(SESSION, used_at=later)
        store.touch(SESSION.id_hash, at=NOW)
        assert store.session(SESSION.id_hash) == replace(SESSION, used_at=later)

    def test_a_touch_does_not_bring_a_session_back(self, store: WebSessionStore) -> None:
        store.touch(SESSION.id_hash, at=NOW)
        assert store.sessions() == ()

    def test_a_removed_session_is_gone_and_others_stay(self, store: WebSessionStore) -> None:
        other = replace(SESSION, id_hash="b" * 64)
        for session in (SESSION, other):
            store.add_session(session)
        assert store.remove_session(SESSION.id_hash)
        assert not store.remove_session(SESSION.id_hash)
        assert store.sessions() == (other,)

    def test_everything_can_be_removed(self, store: WebSessionStore) -> None:
        store.add_ticket(TICKET)
        for name in "abc":
            store.add_session(replace(SESSION, id_hash=name * 64))
        assert store.remove_all() == 3
        assert store.sessions() == ()
        assert store.take_ticket(TICKET.ticket_hash) is None

    def test_only_what_expired_before_is_forgotten(self, store: WebSessionStore) -> None:
        old = replace(SESSION, id_hash="b" * 64, expires_at=NOW - MICROSECOND)
        for session in (old, replace(SESSION, expires_at=NOW)):
            store.add_session(session)
        store.add_ticket(replace(TICKET, expires_at=NOW - MICROSECOND))
        store.add_ticket(replace(TICKET, ticket_hash="2" * 64, expires_at=NOW))
        store.forget_expired(before=NOW)
        assert [each.id_hash for each in store.sessions()] == [SESSION.id_hash]
        assert store.take_ticket(TICKET.ticket_hash) is None
        assert store.take_ticket("2" * 64) is not None
