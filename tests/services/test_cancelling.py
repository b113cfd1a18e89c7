"""Cancelling many orders at once."""

from threading import Barrier, Lock

import pytest

from etrms_core.domain.order import Order
from etrms_core.errors import ExchangeUnavailableError, OrderRejectedError
from etrms_core.services.cancelling import CANCELS_AT_ONCE, cancel_all
from tests.builders import make_account, make_stop
from tests.fakes import ScriptedExchange


class Venue(ScriptedExchange):
    """Writes down what is cancelled; some orders are unknown, some get no answer."""

    def __init__(self, *, unknown: tuple[str, ...] = (), silent: tuple[str, ...] = ()) -> None:
        super().__init__(make_account())
        self.unknown, self.silent = unknown, silent
        self.together: Barrier | None = None
        self._guard = Lock()

    def cancel_order(self, client_order_id: str) -> Order:
        if self.together is not None:
            self.together.wait(5.0)
        if client_order_id in self.unknown:
            raise OrderRejectedError("no such order", venue="paper", code="unknown_order")
        if client_order_id in self.silent:
            raise ExchangeUnavailableError("no answer", venue="paper")
        with self._guard:
            self.cancelled.append(client_order_id)
        return make_stop(1.0)


def test_every_order_is_cancelled_once() -> None:
    venue, ids = Venue(), tuple(f"o{number}" for number in range(50))
    assert cancel_all(venue, ids) == 50
    assert sorted(venue.cancelled) == sorted(ids)
    assert cancel_all(venue, ("single",)) == 1


def test_some_are_cancelled_at_the_same_time() -> None:
    venue = Venue()
    venue.together = Barrier(CANCELS_AT_ONCE)
    assert cancel_all(venue, tuple(f"o{number}" for number in range(CANCELS_AT_ONCE))) == 8


def test_an_order_that_ended_in_the_meantime_is_no_error_and_not_counted() -> None:
    assert cancel_all(Venue(unknown=("b",)), ("a", "b", "c")) == 2


def test_a_venue_that_does_not_answer_is_told_to_the_caller() -> None:
    venue = Venue(silent=("b",))
    with pytest.raises(ExchangeUnavailableError):
        cancel_all(venue, ("a", "b", "c"))
