"""`etrms kill-switch` and `etrms resume`, as a person types them."""

import io
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest

from app.cli.kill_commands import ACKNOWLEDGED_WITHIN_SECONDS
from etrms_core.bootstrap import open_desk, start_desk
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.errors import LeaseLostError
from etrms_core.services.desk import Desk
from tests.app.cli.conftest import Etrms

PASSWORD = "correct horse battery staple"  # noqa: S105
OWN_WORK_SECONDS = 3.0


def say(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))


def trade(home: Path) -> None:
    """Open a position and rest an entry order on the paper account."""
    (home / "etrms.toml").write_text("[paper]\ntrading_bot = false\n", encoding="utf-8")
    desk = open_desk(home)
    state = desk.refresh()
    assert state.accounts
    price = desk.exchange("paper").quotes()["BTCUSDT"].mark_price
    tick = desk.instruments("paper")["BTCUSDT"].tick_size
    for nonce, kind, level in (
        ("1", OrderType.MARKET, None),
        ("2", OrderType.LIMIT, round(0.9 * price / tick) * tick),
    ):
        desk.orders.submit(
            OrderRequest(
                client_order_id=desk.orders.order_id(strategy="manual", nonce=nonce),
                account="paper",
                symbol="BTCUSDT",
                side=OrderSide.BUY,
                order_type=kind,
                quantity=0.01,
                price=level,
            )
        )
    desk.refresh()
    desk.close()


@pytest.fixture
def traded(home: Path) -> Path:
    home.mkdir()
    trade(home)
    return home


def test_with_no_desk_running_it_halts_by_itself_and_keeps_positions(
    traded: Path, run_etrms: Etrms
) -> None:
    answer = run_etrms("kill-switch", "--reason", "test", "--json")
    assert answer.code == 0
    assert answer.document == {
        "halted": True,
        "done": True,
        "acted": "this process",
        "open_positions": 1,
        "open_entry_orders": 0,
    }
    status = run_etrms("status", "--json").document
    assert [each["state"] for each in status["restrictions"]] == ["HALTED"]
    assert traded.exists()


def test_flattening_closes_everything(traded: Path, run_etrms: Etrms) -> None:
    answer = run_etrms("kill-switch", "--flatten")
    assert answer.code == 0
    assert "0 positions and 0 entry orders are open" in answer.out
    assert run_etrms("positions", "--json").document == []


def test_a_running_desk_does_it(traded: Path, run_etrms: Etrms) -> None:
    desk = start_desk(traded)
    try:
        answer = run_etrms("kill-switch", "--json")
    finally:
        desk.close()
    assert (answer.code, answer.document["acted"]) == (0, "the running desk")


def test_a_desk_that_hangs_is_overruled(traded: Path, run_etrms: Etrms) -> None:
    hanging = open_desk(traded)
    assert hanging.act_alone()  # holds lease and lock, and never runs a cycle
    try:
        began = monotonic()
        answer = run_etrms("kill-switch", "--flatten", "--json")
        took = monotonic() - began
        assert (answer.code, answer.document["acted"]) == (0, "this process")
        assert ACKNOWLEDGED_WITHIN_SECONDS <= took < ACKNOWLEDGED_WITHIN_SECONDS + OWN_WORK_SECONDS
        assert answer.document["open_positions"] == 0
    finally:
        hanging.close()


def owner_of(home: Path, monkeypatch: pytest.MonkeyPatch, run_etrms: Etrms) -> None:
    say(monkeypatch, PASSWORD)
    assert run_etrms("user", "create", "ada").code == 0
    assert home.exists()


def is_halted(home: Path) -> bool:
    desk: Desk = open_desk(home)
    state = desk.stored_state()
    desk.close()
    return state is not None and state.memory.kill_switch is not None


def test_resuming_needs_an_owner_and_the_right_password(
    traded: Path, run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_etrms("kill-switch")
    say(monkeypatch, PASSWORD)
    without = run_etrms("resume")
    assert (without.code, "no owner" in without.err) == (1, True)
    owner_of(traded, monkeypatch, run_etrms)
    say(monkeypatch, "something else entirely")
    wrong = run_etrms("resume")
    assert (wrong.code, "not the owner's password" in wrong.err) == (1, True)
    assert is_halted(traded)
    say(monkeypatch, PASSWORD)
    right = run_etrms("resume")
    assert (right.code, "Trading is resumed" in right.out) == (0, True)
    assert not is_halted(traded)


def test_resuming_says_when_as_json(
    traded: Path, run_etrms: Etrms, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_etrms("kill-switch")
    owner_of(traded, monkeypatch, run_etrms)
    say(monkeypatch, PASSWORD)
    document = run_etrms("resume", "--json").document
    assert datetime.fromisoformat(document["resumes_at"]) <= datetime.now(UTC)
    assert not is_halted(traded)


def test_a_desk_that_was_overruled_sends_nothing_more(traded: Path, run_etrms: Etrms) -> None:
    hanging = open_desk(traded)
    assert hanging.act_alone()
    assert run_etrms("kill-switch", "--flatten").code == 0
    with pytest.raises(LeaseLostError):
        hanging.refresh()
    hanging.close()


def test_the_reason_is_on_the_record(traded: Path, run_etrms: Etrms) -> None:
    assert run_etrms("kill-switch", "--reason", "the market is mad").code == 0
    desk = open_desk(traded)
    (event,) = desk.events(kinds=["trading_halted"])
    assert "the market is mad" in event.event.detail
    desk.close()
