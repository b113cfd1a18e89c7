"""`etrms kill-switch`, as a person types it."""

from pathlib import Path
from time import monotonic

import pytest

from etrms_core.bootstrap import open_desk, start_desk
from etrms_core.errors import LeaseLostError
from etrms_core.services.halting import ACKNOWLEDGED_WITHIN_SECONDS
from tests.app.cli.conftest import Etrms
from tests.app.cli.traded_home import trade

OWN_WORK_SECONDS = 3.0


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
    assert "0 positions and 0 entry orders open" in answer.out
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
