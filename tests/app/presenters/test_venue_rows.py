"""Accounts as rows."""

from dataclasses import replace
from datetime import timedelta

from app.presenters.cells import DASH, Tone
from app.presenters.numbers import money, multiple
from app.presenters.venue_rows import VenueRow, venue_rows
from etrms_core.domain.account import AccountState
from etrms_core.risk.metrics import Metric
from tests.app.readings import account_with, run_cycles
from tests.builders import NOW, make_account, make_position


def row_of(account: AccountState, *, passed_seconds: float = 0.0, error: str = "") -> VenueRow:
    state = run_cycles([account])
    if error:
        state = replace(state, source_errors={account.account: error})
    return venue_rows(state, passed_seconds=passed_seconds)[0]


def test_a_source_ages_with_the_time_since_its_cycle() -> None:
    row = row_of(make_account(), passed_seconds=7.4)
    assert (row.account.text, row.mode.text, row.reading.text) == ("main", "PAPER", "Fresh")
    assert row.reading.note == "7 s old"


def test_a_stale_source_says_so_in_words() -> None:
    row = row_of(account_with(observed_at=NOW - timedelta(seconds=42)))
    assert (row.reading.text, row.reading.tone) == ("Stale", Tone.WARNING)
    assert row.reading.note == "42 s old"


def test_a_source_that_was_never_read_has_no_age_and_shows_its_error() -> None:
    row = row_of(account_with(observed_at=None), error="paper: no answer within 10 s")
    assert row.reading.text == "Unknown"
    assert row.reading.note == "never read: paper: no answer within 10 s"


def test_real_money_is_called_live() -> None:
    assert row_of(account_with(is_paper=False)).mode.text == "LIVE"


def test_what_a_venue_holds_is_shown_in_money() -> None:
    row = row_of(make_account(make_position(quantity=1.0)))
    state = run_cycles([make_account(make_position(quantity=1.0))])
    assert row.equity.text == money(state.snapshot.value(Metric.EQUITY))
    assert row.exposure.text == money(state.snapshot.value(Metric.GROSS_EXPOSURE))
    assert row.leverage.text == multiple(state.snapshot.value(Metric.GROSS_LEVERAGE))
    assert row.today.text == "0.00 USD"
    assert row.margin_ratio.text.endswith("%")


def test_an_account_that_was_never_read_shows_no_number() -> None:
    row = row_of(account_with(observed_at=None))
    cells = (row.equity, row.today, row.exposure, row.leverage, row.margin_ratio)
    assert {cell.text for cell in cells} == {DASH}
    assert all(cell.help for cell in cells)
