"""How new a ledger is, in words."""

from datetime import timedelta

from app.presenters.cells import Tone
from app.presenters.ledger_status import NEVER_READ, STALE_AFTER_SECONDS, ledger_status
from etrms_core.engine.ledger_ports import LedgerReading
from tests.builders import NOW


def test_a_new_reading_shows_its_age_and_no_trouble() -> None:
    status = ledger_status(LedgerReading("main", NOW - timedelta(seconds=12)), now=NOW)
    assert (status.badge.text, status.badge.tone) == ("Ledger read 12 s ago", Tone.GOOD)
    assert (status.trouble, status.is_stale) == ("", False)


def test_before_the_first_reading_it_says_who_reads() -> None:
    status = ledger_status(LedgerReading("main"), now=NOW)
    assert (status.badge.text, status.trouble) == ("Ledger not read yet", NEVER_READ)


def test_a_reading_that_nobody_renews_is_stale() -> None:
    old = NOW - timedelta(seconds=STALE_AFTER_SECONDS + 60.0)
    status = ledger_status(LedgerReading("main", old), now=NOW)
    assert status.is_stale
    assert status.badge.text == "Ledger stale, read 3 min ago"
    assert "not since" in status.trouble


def test_a_failure_shows_the_venues_words_and_both_ages() -> None:
    reading = LedgerReading(
        "main", NOW - timedelta(seconds=90), NOW - timedelta(seconds=5), "paper: no answer"
    )
    status = ledger_status(reading, now=NOW)
    assert status.is_stale
    assert status.badge.text == "Ledger stale, read 1 min 30 s ago"
    assert status.trouble.startswith("The ledger could not be read 5 s ago: paper: no answer.")


def test_a_first_reading_that_failed_is_incomplete() -> None:
    status = ledger_status(LedgerReading("main", None, NOW, "no answer"), now=NOW)
    assert (status.badge.text, status.badge.tone) == ("Ledger never read whole", Tone.BAD)
