"""Wishes that the process that acts keeps for itself."""

from etrms_core.engine.storage_ports import DeskRequest, RequestKind, RequestProgress
from etrms_core.services.own_requests import OwnRequests
from tests.builders import NOW

WISH = DeskRequest(RequestKind.HALT, "fire", NOW)


def test_a_wish_is_followed_to_its_end_under_a_number_that_no_database_gives() -> None:
    own = OwnRequests()
    first, second = own.add(WISH), own.add(WISH)
    assert (first, second) == (-1, -2)
    assert [each.number for each in own.waiting()] == [-1, -2]
    assert own.progress(first) is RequestProgress.WAITING
    own.acknowledge(first)
    assert own.progress(first) is RequestProgress.ACKNOWLEDGED
    own.remove([first, 7])
    assert own.progress(first) is RequestProgress.DONE
    assert [each.number for each in own.waiting()] == [-2]


def test_no_number_is_given_twice() -> None:
    own = OwnRequests()
    own.remove([own.add(WISH)])
    assert own.add(WISH) == -2


def test_numbers_of_others_are_not_known_here() -> None:
    own = OwnRequests()
    own.add(WISH)
    assert [own.progress(number) for number in (-2, 0, 1)] == [None] * 3
