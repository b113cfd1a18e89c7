"""What changed between two readings, told once."""

from dataclasses import replace

from etrms_core.engine.desk_events import jump_event
from tests.builders import NOW, make_account, make_fill
from tests.engine.desk import Desk, desk_kinds, long_account


def test_a_position_is_told_when_it_opens_changes_and_closes_and_not_else() -> None:
    desk = Desk()
    assert desk_kinds(desk.read(make_account())) == ["account_joined"]
    opened = desk.read(long_account(quantity=1.0))
    assert desk_kinds(opened) == ["position_opened"]
    assert desk_kinds(desk.read(long_account(101.0, quantity=1.0))) == []
    changed = desk.read(long_account(quantity=0.5))
    assert desk_kinds(changed) == ["position_changed"]
    assert "quantity 1 -> 0.5" in str(changed.events[0])
    assert desk_kinds(desk.read(make_account())) == ["position_closed"]


def test_positions_of_the_first_reading_are_no_news() -> None:
    assert desk_kinds(Desk().read(long_account())) == ["account_joined"]


def test_a_liquidation_is_called_by_its_name() -> None:
    desk = Desk()
    desk.read(long_account(quantity=1.0))
    fill = replace(make_fill("f1", -1.0), reason="liquidation")
    assert desk_kinds(desk.read(make_account(fills=(fill,)))) == ["position_liquidated"]


def test_an_old_liquidation_does_not_name_a_later_close() -> None:
    desk = Desk()
    fill = replace(make_fill("f1", -1.0), reason="liquidation")
    desk.read(replace(long_account(quantity=1.0), fills=(fill,)))
    assert desk_kinds(desk.read(make_account(fills=(fill,)))) == ["position_closed"]


def test_accounts_that_join_and_leave_are_told() -> None:
    desk = Desk()
    desk.read(make_account())
    joined = desk.read(make_account(), make_account(account="second"))
    assert desk_kinds(joined) == ["account_joined"]
    left = desk.read(make_account(account="second"))
    assert desk_kinds(left) == ["account_left"]
    assert desk_kinds(desk.read(make_account(account="second"))) == []


def test_a_jump_is_told_with_its_size() -> None:
    event = jump_event("main", -1234.5, NOW)
    assert event.kind.value == "equity_jump_held"
    assert "-1,234.50 USD" in event.detail
