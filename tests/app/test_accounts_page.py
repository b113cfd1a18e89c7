"""The page Accounts in every state, without a browser."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

from streamlit.testing.v1 import AppTest

from app import runtime
from app.components.account_sections import NO_FLOW
from app.components.ledger_section import NO_ENTRY, NO_FUNDING
from etrms_core.domain.account import AccountState, Balance, Flow, FlowKind, LedgerTotal
from etrms_core.domain.ledger import LedgerEntry, LedgerKind
from etrms_core.engine.ledger_ports import LedgerReading
from etrms_core.errors import StorageError
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from tests.app.desks import busy_account, empty_account, make_desk, wait_for_status
from tests.builders import make_account, make_fill

PAGE = Path(__file__).parents[2] / "pages" / "accounts.py"
HOSTILE = "<img src=x onerror=alert(1)> **x** =1+1"


@contextmanager
def running(
    show: Callable[[datetime], AccountState | None],
    *statuses: HealthStatus,
    entries: Sequence[LedgerEntry] = (),
) -> Iterator[Desk]:
    desk = make_desk(show, entries=entries)
    runtime.set_desk(desk)
    desk.start()
    wait_for_status(desk, *(statuses or (HealthStatus.OK,)))
    wait_for_ledger(desk)
    try:
        yield desk
    finally:
        runtime.set_desk(None)
        desk.close()


def wait_for_ledger(desk: Desk) -> None:
    """Wait until the ledger was read, or could not be."""
    deadline = monotonic() + 20.0
    while desk.account_records.reading("main") == LedgerReading("main"):
        assert monotonic() < deadline
        sleep(0.01)


def moved(
    kind: LedgerKind, amount: float, *, hours_ago: float = 0.0, symbol: str | None = "BTCUSDT"
) -> LedgerEntry:
    at = datetime.now(UTC) - timedelta(hours=hours_ago)
    return LedgerEntry(
        entry_id=f"{kind.value}{hours_ago}",
        occurred_at=at,
        kind=kind,
        amount=amount,
        asset="USDT",
        symbol=symbol,
    )


def many_entries(count: int = 30) -> list[LedgerEntry]:
    """Build funding payments of the last days, one transfer, and a trade."""
    return [
        *(moved(LedgerKind.FUNDING, -0.5, hours_ago=2.0 * number) for number in range(count)),
        moved(LedgerKind.TRANSFER, 250.0, hours_ago=0.1, symbol=None),
        moved(LedgerKind.REALIZED_PNL, 12.5, hours_ago=0.1),
        moved(LedgerKind.FEE, -1.25, hours_ago=0.1),
    ]


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
        "10,049.50 USD",
        "10,000.00 USD",
        "Margin ratio",
        "+10.75 USDT",
        "Balances of main",
        "Deposit",
        "+500.00 USDT",
        "Results of main by symbol",
    ):
        assert words in drawn, words
    assert [each.value for each in shown.header] == ["main", "History of main", "Ledger"]
    assert len(shown.get("download_button")) == 2
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
    assert ">0.00 USD" not in drawn


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


def test_the_ledger_shows_days_funding_and_every_entry() -> None:
    with running(busy_account, entries=many_entries()):
        shown = show()
    drawn = text(shown)
    for words in (
        "Ledger read ",
        "Results of main by day",
        "Funding payments of main",
        "\N{MINUS SIGN}0.5000 USDT",
        "\N{MINUS SIGN}15.0000 USDT",
        "Ledger of main",
        "+250.0000 USDT",
        "Realised P&amp;L",
    ):
        assert words in drawn, words
    assert len(shown.get("download_button")) == 5
    assert len(shown.get("plotly_chart")) == 1
    assert not shown.error


def test_the_ledger_is_filtered_by_kind_and_window() -> None:
    with running(busy_account, entries=many_entries()):
        shown = show()
        shown.multiselect(key="ledger_kinds").select("Transfer").run()
        table = next(each.value for each in shown.markdown if "Ledger of main" in each.value)
        assert "+250.0000 USDT" in table
        assert "Funding" not in table
        shown.multiselect(key="ledger_kinds").set_value(["Other"]).run()
        assert "No entry of this kind" in text(shown)


def test_without_entries_the_ledger_says_what_comes_next() -> None:
    with running(busy_account):
        shown = show()
    assert NO_ENTRY in [each.value for each in shown.info]
    deposit = moved(LedgerKind.TRANSFER, 5.0, symbol=None)
    with running(busy_account, entries=[deposit]):
        assert NO_FUNDING in text(show())


def test_a_ledger_that_cannot_be_read_says_why_and_how_old_it_is() -> None:
    with running(lambda _now: None, HealthStatus.DEGRADED):
        drawn = text(show())
    assert "The ledger could not be read" in drawn
    assert "no answer within 10 s" in drawn
    assert "never read whole" in drawn


def test_a_ledger_that_was_read_long_ago_is_greyed() -> None:
    with running(busy_account, entries=many_entries()) as desk:
        store = desk.account_records._stores.ledger
        store.note(LedgerReading("main", datetime.now(UTC) - timedelta(minutes=5)))
        drawn = text(show())
    assert "read 5 min" in drawn
    assert 'class="et-stale"' in drawn


def test_a_database_that_fails_costs_the_ledger_a_sentence_and_nothing_else() -> None:
    with running(busy_account) as desk:

        def fail(*_args: object, **_more: object) -> None:
            raise StorageError("the database is locked")

        desk.account_records.entries = fail  # type: ignore[method-assign,assignment]
        shown = show()
    assert "The ledger cannot be shown: the database is locked." in text(shown)
    assert "10,049.50 USD" in text(shown)


def test_hostile_entries_are_shown_as_text() -> None:
    entry = replace(moved(LedgerKind.FUNDING, -0.5, symbol=HOSTILE), asset=HOSTILE)
    with running(busy_account, entries=[entry]):
        shown = show()
    assert "<img" not in text(shown)
    assert "&lt;img" in text(shown)


def test_of_several_accounts_one_is_chosen() -> None:
    def choose() -> None:
        import streamlit as st  # noqa: PLC0415 (a script of its own)

        from app.components.account_past import account_choice  # noqa: PLC0415

        st.text(account_choice(("main", "=other")))

    shown = AppTest.from_function(choose).run()
    assert shown.text[0].value == "main"
    shown.selectbox(key="past_account").select("=other").run()
    assert shown.text[0].value == "=other"
