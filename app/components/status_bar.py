"""The bar above every page: whose money, who guards it, how old the readings are."""

from app.components.markup import TONE_CLASSES, Html, badge, classes, joined, tag
from app.presenters.cells import Cell, Tone
from app.presenters.desk_status import DeskStatus, Notice


def status_markup(status: DeskStatus) -> Html:
    """Draw badges, and below them what must not be overlooked."""
    mode_css = "et-paper" if status.mode == "PAPER" else "et-live"
    badges = tag(
        "div",
        badge(Cell(status.mode), css=classes("et-mode", mode_css)),
        badge(status.monitor),
        badge(status.updated),
        *(badge(source) for source in status.sources),
        css="et-badges",
    )
    stale = "et-desk-stale" if status.is_stale else ""
    return tag("div", badges, joined(map(_notice, status.notices)), css=classes("et-status", stale))


def _notice(notice: Notice) -> Html:
    # Only what stays the same while it lasts is an alert: a screen reader reads every change.
    role = "alert" if notice.tone is Tone.BAD else "note"
    return tag("div", notice.text, css=classes("et-notice", TONE_CLASSES[notice.tone]), role=role)
