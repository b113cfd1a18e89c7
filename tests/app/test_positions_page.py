"""The page Positions in every state, and acting on it, without a browser."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.components.position_list import STANDBY, WAITING
from etrms_core.domain.account import AccountState
from etrms_core.errors import StorageError
from etrms_core.services.desk_health import HealthStatus
from tests.app.desks import busy_account, empty_account, make_desk, wait_for_status
from tests.app.readings import position_with
from tests.app.trading_desks import trading_desk
from tests.builders import make_account, make_stop

PAGE = Path(__file__).parents[2] / "pages" / "positions.py"
BTC = "main|BTCUSDT|net"
HOSTILE = "<script>alert(1)</script>**=1+1"


def show() -> AppTest:
    shown = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not shown.exception
    return shown


def text(shown: AppTest) -> str:
    kinds = (shown.markdown, shown.text, shown.warning, shown.info, shown.error)
    return " ".join(each.value for kind in kinds for each in kind)


def labels(shown: AppTest) -> list[str]:
    return [each.label for each in shown.button]


def test_a_busy_desk_shows_every_position_with_its_figures_and_buttons() -> None:
    with trading_desk():
        shown = show()
    drawn = text(shown)
    for words in (
        "BTCUSDT",
        "long, main",
        "0.100 BTC",
        "+100.00 USD",
        "95.5%",
        "Not guarded",
        "not bounded",
        "pays",
        "No order waits at a venue.",
        "You have not acted yet.",
    ):
        assert words in drawn, words
    assert labels(shown).count("Close") == 2
    assert len(shown.get("plotly_chart")) == 1
    assert not shown.error


def test_an_empty_desk_says_what_comes_next() -> None:
    with trading_desk(empty_account(datetime.now(UTC))):
        shown = show()
    assert "No position is open." in text(shown)
    assert "Close" not in labels(shown)


def test_before_the_first_cycle_it_waits() -> None:
    runtime.set_desk(make_desk())
    assert WAITING in text(show())
    runtime.set_desk(None)


def test_what_cannot_be_read_is_a_sentence() -> None:
    with trading_desk() as (desk, _):

        def fail() -> None:
            raise StorageError("the database is locked")

        desk.state = fail  # type: ignore[method-assign]
        shown = show()
    assert "The list of positions cannot be shown: the database is locked." in text(shown)


def stale_account(now: datetime) -> AccountState:
    return replace(busy_account(now), observed_at=now - timedelta(seconds=42))


def test_a_stale_account_cannot_verify_its_stops() -> None:
    desk = make_desk(stale_account)
    runtime.set_desk(desk)
    desk.start()
    wait_for_status(desk, HealthStatus.DEGRADED)
    drawn = text(show())
    runtime.set_desk(None)
    desk.close()
    assert "cannot verify" in drawn
    assert "et-stale" in drawn


def test_a_standby_shows_no_button_that_acts() -> None:
    with trading_desk() as (first, _):
        state = first.state()
    with trading_desk(is_standby=True) as (desk, _):
        desk.state = lambda: state  # type: ignore[method-assign]
        shown = show()
        assert STANDBY in text(shown)
        assert all(each.disabled for each in shown.button if each.label in ("Close", "Protect"))


def guarded() -> AccountState:
    now = datetime.now(UTC)
    stop = make_stop(0.1)
    return replace(busy_account(now), orders=(stop,))


def test_waiting_orders_are_listed_with_a_way_to_cancel_them() -> None:
    with trading_desk(guarded()):
        shown = show()
    assert "stop sell" in text(shown)
    assert "Cancel order" in labels(shown)


def test_a_button_opens_a_dialog_that_says_what_would_happen() -> None:
    with trading_desk() as (_, venue):
        opened = show().button(key=f"protect_{BTC}").click().run()
        assert "BTCUSDT long 0.100 on main" in text(opened)
        opened = show().button(key=f"close_{BTC}").click().run()
        assert "reduce-only market sell 0.100" in text(opened)
        assert venue.requests == []


def test_hostile_names_are_shown_as_text() -> None:
    now = datetime.now(UTC)
    position = position_with(HOSTILE, 1.0)
    with trading_desk(replace(make_account(position), observed_at=now)):
        shown = show()
        drawn = text(shown)
        assert "<script>" not in drawn
        assert "&lt;script&gt;" in drawn
        opened = shown.button(key=f"close_main|{HOSTILE}|net").click().run()
        assert not opened.exception
        assert "<script>" not in "".join(each.value for each in opened.markdown)


@pytest.mark.parametrize("by", ["Symbol", "Account", "Notional", "Unrealised P&L", "Time held"])
def test_positions_can_be_sorted(by: str) -> None:
    with trading_desk():
        shown = show()
        shown.selectbox(key="sort_positions").select(by).run()
        assert not shown.exception
        assert labels(shown).count("Close") == 2


def test_every_section_has_its_download() -> None:
    with trading_desk(guarded()):
        keys = [each.key for each in show().get("download_button")]
    assert {"positions_csv", "orders_csv"} <= set(keys)
