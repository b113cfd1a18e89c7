"""The status bar."""

from app.components.status_bar import status_markup
from app.presenters.cells import Cell, Tone
from app.presenters.desk_status import DeskStatus, Notice


def status(mode: str = "PAPER", *notices: Notice, is_stale: bool = False) -> DeskStatus:
    return DeskStatus(
        mode,
        Cell("Monitor running"),
        Cell("updated 1 s ago"),
        (Cell("main 1 s old"),),
        notices,
        is_stale,
    )


def test_the_bar_shows_every_badge() -> None:
    drawn = status_markup(status())
    for words in ("PAPER", "Monitor running", "updated 1 s ago", "main 1 s old"):
        assert words in drawn


def test_paper_and_live_look_different() -> None:
    assert "et-paper" in status_markup(status("PAPER"))
    assert "et-live" in status_markup(status("LIVE"))


def test_a_stale_desk_is_marked_for_the_style_sheet() -> None:
    assert "et-desk-stale" in status_markup(status(is_stale=True))
    assert "et-desk-stale" not in status_markup(status())


def test_what_must_not_be_overlooked_is_an_alert_and_the_rest_a_note() -> None:
    drawn = status_markup(status("PAPER", Notice("bad", Tone.BAD), Notice("so", Tone.WARNING)))
    assert 'role="alert">bad<' in drawn
    assert 'role="note">so<' in drawn
