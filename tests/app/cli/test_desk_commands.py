"""Reading the desk from the command line."""

from pathlib import Path

import pytest

from etrms_core.bootstrap import open_desk
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.services.desk import Desk
from tests.app.cli.conftest import Etrms


@pytest.fixture
def desk(home: Path) -> Desk:
    opened = open_desk(home)
    opened.refresh()
    opened.orders.submit(
        OrderRequest(
            client_order_id=opened.orders.order_id(strategy="test", nonce="1"),
            account="paper",
            symbol="BTCUSDT",
            side=OrderSide.SELL,
            order_type=OrderType.MARKET,
            quantity=0.01,
        )
    )
    opened.refresh()
    return opened


def test_status_is_the_stored_state_as_one_document(desk: Desk, run_etrms: Etrms) -> None:
    answer = run_etrms("status", "--json")
    assert answer.code == 0
    document = answer.document
    assert (document["mode"], document["positions"]) == ("paper", 1)
    state = desk.state()
    assert state is not None
    assert document["as_of"] == state.as_of.isoformat()
    assert document["metrics"]["equity"] == pytest.approx(
        float(state.snapshot.accounts.equity[0]), rel=1e-12
    )


def test_positions_have_the_fields_of_the_interface(desk: Desk, run_etrms: Etrms) -> None:
    (position,) = run_etrms("positions", "--json").document
    assert position["id"] == "paper:BTCUSDT:short"
    assert (position["side"], position["quantity"]) == ("short", -0.01)
    assert position["notional"] == pytest.approx(0.01 * position["mark_price"])
    assert position["liquidation_price"] > position["mark_price"]
    assert position["guard"] == "unguarded"
    assert position["strategies"] == {"test": 1.0}


def test_accounts_and_orders_are_lists(desk: Desk, run_etrms: Etrms) -> None:
    (account,) = run_etrms("accounts", "--json").document
    assert (account["name"], account["venue"], account["mode"]) == ("paper", "paper", "paper")
    assert account["equity"] == pytest.approx(account["wallet_balance"] + account["unrealized_pnl"])
    assert run_etrms("orders", "--json").document == []


def test_people_get_tables(desk: Desk, run_etrms: Etrms) -> None:
    for command, word in (("status", "PAPER"), ("positions", "BTCUSDT"), ("accounts", "equity")):
        answer = run_etrms(command)
        assert answer.code == 0
        assert word in answer.out
    assert "No order is open." in run_etrms("orders").out


def test_events_come_newest_first_and_can_be_filtered(desk: Desk, run_etrms: Etrms) -> None:
    events = run_etrms("events", "--json").document
    sequences = [event["sequence"] for event in events]
    assert sequences == sorted(sequences, reverse=True)
    only = run_etrms("events", "--kind", "position_opened", "--json").document
    assert [event["kind"] for event in only] == ["position_opened"]
    assert run_etrms("events", "--since", "2999-01-01", "--json").document == []


def test_a_time_that_is_none_is_named(desk: Desk, run_etrms: Etrms) -> None:
    answer = run_etrms("events", "--since", "yesterday")
    assert (answer.code, "since" in answer.err) == (1, True)


def test_only_an_old_reading_says_that_nobody_refreshes_it(
    desk: Desk, run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no monitor seems to be running" not in run_etrms("status").out
    monkeypatch.setattr("app.cli.desk_commands.STALE_SECONDS", -1.0)
    assert "no monitor seems to be running" in run_etrms("status").out
