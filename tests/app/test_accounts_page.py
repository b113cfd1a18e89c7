"""The page Accounts in every state, without a browser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streamlit.testing.v1 import AppTest

from app import runtime
from app.components.account_sections import NO_FLOW
from etrms_core.domain.account import AccountState, Balance, Flow, FlowKind, LedgerTotal
from etrms_core.errors import StorageError
from etrms_core.services.desk_health import HealthStatus
from tests.app.desks import busy_account, empty_account, make_desk, wait_for_status
from tests.builders import make_account, make_fill

PAGE = Path(__file__).parents[2] / "pages" / "accounts.py"
HOSTILE = "<img src=x onerror=alert(1)> **x** =1+1"


@contextmanager
def running(
    show: Callable[[datetime], AccountState | None], *statuses: HealthStatus
) -> Iterator[None]:
    desk = make_desk(show)
    runtime.set_desk(desk)
    desk.start()
    wait_for_status(desk, *(statuses or (HealthStatus.OK,)))
    try:
        yield
    finally:
        runtime.set_desk(None)
        desk.close()


def show() -> AppTest:
    shown = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not shown.exception
    return shown


def text(shown: AppTest) -> str:
    return " ".join(each.value for kind in (shown.markdown, shown.error) for each in kind)


def traded(now: datetime) -> AccountState:
    return replace(
        busy_account(now),
        fills=(make_fill("1", 1.0, realized_pnl=12.0, fee=1.0, filled_at=now),),
        flows=(Flow("f1", now, FlowKind.DEPOSIT, "USDT", 500.0),),
        ledger=(LedgerTotal("BTCUSDT", 12.0, 1.0, -0.25),),
    )


def test_a_busy_account_shows_all_its_figures_and_tables() -> None:
    with running(traded):
        shown = show()
    drawn = text(shown)
    for words in (
        "PAPER",
        "Fresh,",
        "$10,049.50",
        "$10,000.00",
        "Margin ratio",
        "+10.75 USDT",
        "Balances of main",
        "+11.00",
        "Deposit",
        "+500.00 USDT",
        "Results of main by symbol",
    ):
        assert words in drawn, words
    assert [each.value for each in shown.header] == ["main"]
    assert len(shown.get("download_button")) == 3
    assert not shown.error


def test_an_empty_account_says_what_comes_next() -> None:
    with running(empty_account):
        drawn = text(show())
    assert "No result yet" in drawn
    assert NO_FLOW in drawn


def test_before_the_first_cycle_it_waits() -> None:
    runtime.set_desk(make_desk())
    assert "No account is connected." in text(show())
    runtime.set_desk(None)


def test_an_account_that_does_not_answer_shows_the_error_and_no_0() -> None:
    with running(lambda _now: None, HealthStatus.DEGRADED):
        drawn = text(show())
    assert "It cannot be read: paper: no answer within 10 s." in drawn
    assert "never read" in drawn
    assert "$0.00" not in drawn


def test_a_stale_account_shows_its_age() -> None:
    def stale(now: datetime) -> AccountState:
        return replace(busy_account(now), observed_at=now - timedelta(seconds=42))

    with running(stale, HealthStatus.DEGRADED):
        assert "Stale, 42 s old" in text(show())


def test_what_cannot_be_read_is_a_sentence() -> None:
    with running(busy_account):

        def fail() -> None:
            raise StorageError("the database is locked")

        runtime.desk().state = fail  # type: ignore[method-assign]
        shown = show()
    assert "The accounts cannot be shown: the database is locked." in text(shown)


def test_hostile_names_are_shown_as_text() -> None:
    def hostile(now: datetime) -> AccountState:
        flow = Flow("f", datetime.now(UTC), FlowKind.TRANSFER, HOSTILE, 1.0)
        account = replace(make_account(), balances=(Balance(HOSTILE, 1.0, 1.0),), flows=(flow,))
        return replace(account, observed_at=now, ledger=(LedgerTotal(HOSTILE, 1e300),))

    with running(hostile):
        drawn = text(show())
    assert "<img" not in drawn
    assert "&lt;img" in drawn
