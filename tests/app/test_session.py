"""What a page run reads."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from app import runtime
from app.session import STATE_KEY, display_zone, instruments_of, read_risk_state
from etrms_core.domain.policy import RiskPolicy
from etrms_core.services.desk import Desk
from tests.app.desks import busy_account, make_desk
from tests.app.readings import run_cycles
from tests.builders import make_account, make_position


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = make_desk(busy_account, policy=RiskPolicy(time_zone="Asia/Tokyo"))
    runtime.set_desk(made)
    yield made
    runtime.set_desk(None)


def test_the_newest_state_is_copied_into_the_session(desk: Desk) -> None:
    import streamlit as st  # noqa: PLC0415  only this test looks into the session

    assert read_risk_state() is None
    state = desk.refresh()
    assert read_risk_state() is state
    assert st.session_state[STATE_KEY] is state


@pytest.mark.usefixtures("desk")
def test_without_a_browser_times_are_in_the_owners_zone() -> None:
    assert display_zone() == ZoneInfo("Asia/Tokyo")


def test_the_owners_choice_of_a_time_zone_comes_first(desk: Desk) -> None:
    desk.owner.create("ada", "anchor velvet comet ladder")
    desk.preferences.change({"time_zone": "Europe/Berlin"})
    assert display_zone() == ZoneInfo("Europe/Berlin")


def test_contracts_of_open_positions_are_looked_up(desk: Desk) -> None:
    found = instruments_of(desk.refresh())
    assert set(found) == {("main", "BTCUSDT"), ("main", "ETHUSDT")}


@pytest.mark.usefixtures("desk")
def test_a_contract_that_no_venue_knows_is_left_out() -> None:
    strangers = [
        make_account(make_position("UNKNOWN")),
        make_account(make_position("BTCUSDT"), account="gone"),
    ]
    assert instruments_of(run_cycles(strangers)) == {}
