"""Two desks on one account."""

from dataclasses import replace

from etrms_core.domain.order import Order
from etrms_core.engine.foreign_desks import foreign_desks
from tests.builders import make_account, make_fill, make_stop


def order(client_order_id: str) -> Order:
    stop = make_stop(1.0)
    return replace(stop, request=replace(stop.request, client_order_id=client_order_id))


def test_orders_and_fills_of_another_desk_are_found() -> None:
    ours, theirs = order("et-mine-bot-1"), order("et-othr-bot-1")
    fill = replace(make_fill("1", 1.0), client_order_id="et-thrd-bot-9")
    accounts = [
        make_account(orders=(ours, theirs), fills=(fill,)),
        make_account(account="b", orders=(ours,)),
    ]
    assert foreign_desks(accounts, desk_id="mine") == (("main", "othr"), ("main", "thrd"))


def test_what_no_desk_named_is_a_person_and_no_desk() -> None:
    account = make_account(orders=(order("web_123"),), fills=(make_fill("1", 1.0),))
    assert foreign_desks([account], desk_id="mine") == ()
