"""Exports of positions, orders and actions."""

import csv
from io import StringIO
from math import isfinite
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.presenters.open_orders import order_cards
from app.presenters.position_cards import position_cards
from app.presenters.position_export import actions_csv, orders_csv, positions_csv
from app.presenters.position_rows import position_rows
from etrms_core.domain.account import AccountState
from tests.app.readings import run_cycles
from tests.builders import NOW, make_account, make_fill, make_position, make_stop
from tests.engine.intents import make_intent


def positions(account: AccountState) -> list[dict[str, str]]:
    snapshot = run_cycles([account]).snapshot
    rows = position_rows(snapshot, {}, zone=ZoneInfo("UTC"))
    return list(csv.DictReader(StringIO(positions_csv(position_cards(snapshot, rows, {})))))


def test_numbers_stay_numbers_and_unknown_ones_are_empty() -> None:
    (row,) = positions(make_account(make_position(quantity=-2.0)))
    assert (row["symbol"], row["side"], row["quantity"]) == ("BTCUSDT", "short", "-2.0")
    assert float(row["share_of_equity"]) == 0.2
    assert (row["stop_price"], row["risk_to_stop"]) == ("", "")


def test_without_positions_there_is_a_heading_only() -> None:
    assert positions_csv(()) == "account,symbol,side,is_stale\r\n"
    assert orders_csv(()).startswith("account,symbol,side,type")


def test_orders_and_actions_have_a_line_each() -> None:
    account = make_account(make_position(), orders=(make_stop(2.0),))
    (order,) = csv.DictReader(StringIO(orders_csv(order_cards((account,), {}, now=NOW))))
    assert (order["type"], order["level"], order["reduce_only"]) == ("stop_market", "50.0", "True")
    (action,) = csv.DictReader(StringIO(actions_csv((make_intent(detail="=1+1"),), {})))
    assert (action["state"], action["detail"]) == ("decided", "'=1+1")
    assert action["decided_at"] == NOW.isoformat()
    assert (action["realized_pnl"], action["fee"]) == ("", "")


def test_what_the_fills_of_an_action_brought_is_exported_as_numbers() -> None:
    intent = make_intent()
    fills = {("main", intent.intent_id): (make_fill("1", -1.0, realized_pnl=-2.5, fee=0.04),)}
    (action,) = csv.DictReader(StringIO(actions_csv((intent,), fills)))
    assert (float(action["realized_pnl"]), float(action["fee"])) == (-2.5, 0.04)


@given(st.sampled_from("=+-@\t\r"), st.text(max_size=20))
def test_no_name_becomes_a_formula(start: str, rest: str) -> None:
    name = f"{start}{rest}"
    (row,) = positions(make_account(make_position(name), account=name))
    assert row["symbol"].startswith("'")
    assert row["account"].startswith("'")
    assert isfinite(float(row["mark_price"]))
