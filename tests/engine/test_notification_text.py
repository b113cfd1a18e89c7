"""Messages say what happened, with which money, and when on the owner's clock."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from etrms_core.domain.account import AccountState
from etrms_core.domain.events import (
    BreakerEvent,
    BreakerEventKind,
    DeskEvent,
    DeskEventKind,
    Event,
)
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.domain.notifications import Severity
from etrms_core.engine.notification_text import (
    message_of,
    mode_of,
    text_of,
    title_of,
    trial_message,
)
from tests.builders import NOW, make_account
from tests.notification_builders import make_notice

BERLIN = ZoneInfo("Europe/Berlin")
TRIGGERED = BreakerEvent(
    occurred_at=NOW,
    kind=BreakerEventKind.TRIGGERED,
    rule_id="dd",
    breaker="Daily loss",
    scope=PORTFOLIO,
    value=0.061,
    threshold=0.05,
    action="reduce 50 %, pause entries",
    detail="drawdown of portfolio is 6.1000%, above 5.0000%",
)
CLOSED = DeskEvent(NOW, DeskEventKind.POSITION_CLOSED, "main:BTCUSDT:net", "quantity 1 -> 0")
PAPER = make_account(account="main")
LIVE = replace(make_account(account="real"), is_paper=False)


def test_a_breaker_says_what_broke_what_was_done_and_when() -> None:
    assert title_of(TRIGGERED, mode="LIVE") == (
        "LIVE CRITICAL: breaker 'Daily loss' triggered (portfolio)"
    )
    assert text_of(TRIGGERED, mode="LIVE", zone=BERLIN) == (
        "Drawdown of portfolio is 6.1000%, above 5.0000%.\n"
        "Action: reduce 50 %, pause entries.\n"
        "2025-10-10 14:00:00 CEST, LIVE."
    )


def test_an_event_of_the_desk_names_what_it_is_about() -> None:
    assert title_of(CLOSED, mode="PAPER") == ("PAPER INFO: position closed (main:BTCUSDT:net)")
    assert text_of(CLOSED, mode="PAPER", zone=BERLIN) == (
        "Quantity 1 -> 0.\n2025-10-10 14:00:00 CEST, PAPER."
    )
    assert title_of(replace(CLOSED, subject=""), mode="PAPER") == "PAPER INFO: position closed"


@pytest.mark.parametrize(
    ("event", "accounts", "mode"),
    [
        (TRIGGERED, (), "NO ACCOUNT READ"),
        (TRIGGERED, (PAPER,), "PAPER"),
        (TRIGGERED, (LIVE,), "LIVE"),
        (TRIGGERED, (PAPER, LIVE), "LIVE AND PAPER"),
        (CLOSED, (PAPER, LIVE), "PAPER"),
        (replace(CLOSED, subject="real"), (PAPER, LIVE), "LIVE"),
        (replace(CLOSED, subject="monitor"), (PAPER, LIVE), "LIVE AND PAPER"),
    ],
)
def test_paper_and_live_are_told_by_the_account_concerned(
    event: Event, accounts: tuple[AccountState, ...], mode: str
) -> None:
    assert mode_of(event, accounts) == mode


def test_control_characters_and_endless_texts_do_not_get_through() -> None:
    nasty = replace(CLOSED, subject="main\x1b[31m\n", detail="x\x00y" * 5_000)
    title, text = title_of(nasty, mode="PAPER"), text_of(nasty, mode="PAPER", zone=BERLIN)
    assert title.isprintable()
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text) < 1_100


def test_one_notice_is_its_own_message() -> None:
    notice = make_notice(1, severity=Severity.CRITICAL)
    message = message_of([notice])
    assert (message.title, message.text) == (notice.title, notice.text)
    assert message.severity is Severity.CRITICAL


def test_many_of_one_kind_are_one_message_with_their_number() -> None:
    message = message_of([make_notice(number) for number in (4, 5, 3)])
    assert message.title == "PAPER WARNING: source_stale (main) (x3)"
    assert message.text == "3 events of this kind; the newest one:\nEvent 5."


def test_a_crowd_is_a_list_with_the_worst_first_and_a_count_of_the_rest() -> None:
    mild = [make_notice(number, subject=f"account {number}") for number in range(1, 20)]
    worst = make_notice(20, severity=Severity.CRITICAL, kind="alarm_raised")
    message = message_of([*mild, worst])
    lines = message.text.split("\n")
    assert message.title == "ETRMS CRITICAL: 20 events (1 critical, 19 warning)"
    assert message.severity is Severity.CRITICAL
    assert lines[0] == "- PAPER WARNING: alarm_raised (main): Event 20."
    assert len(lines) == 16
    assert lines[-1] == "and 5 more, in the app"


def test_a_trial_says_that_nothing_happened() -> None:
    message = trial_message("phone", at=NOW, zone=BERLIN)
    assert "Nothing happened." in message.text
    assert "14:00:00 CEST" in message.text
