"""Sources as rows."""

from dataclasses import replace
from datetime import timedelta

from app.presenters.cells import Tone
from app.presenters.source_rows import SourceRow, source_rows
from etrms_core.domain.account import AccountState
from tests.app.readings import account_with, run_cycles
from tests.builders import NOW, make_account


def row_of(account: AccountState, *, passed_seconds: float = 0.0, error: str = "") -> SourceRow:
    state = run_cycles([account])
    if error:
        state = replace(state, source_errors={account.account: error})
    return source_rows(state, passed_seconds=passed_seconds)[0]


def test_a_source_ages_with_the_time_since_its_cycle() -> None:
    row = row_of(make_account(), passed_seconds=7.4)
    assert (row.account.text, row.mode.text, row.quality.text) == ("main", "PAPER", "Fresh")
    assert row.age.text == "7 s old"


def test_a_stale_source_says_so_in_words() -> None:
    row = row_of(account_with(observed_at=NOW - timedelta(seconds=42)))
    assert (row.quality.text, row.quality.tone, row.age.text) == ("Stale", Tone.WARNING, "42 s old")


def test_a_source_that_was_never_read_has_no_age_and_shows_its_error() -> None:
    row = row_of(account_with(observed_at=None), error="paper: no answer within 10 s")
    assert (row.quality.text, row.age.text) == ("Unknown", "never read")
    assert row.age.note == "paper: no answer within 10 s"


def test_real_money_is_called_live() -> None:
    assert row_of(account_with(is_paper=False)).mode.text == "LIVE"
