"""The notice that a page shows when its server is gone."""

from streamlit.testing.v1 import AppTest

from app.components.connection_notice import notice_markup
from app.style import STYLE_SHEET


def page() -> None:
    from app.components.connection_notice import connection_notice  # noqa: PLC0415  the script

    connection_notice()


def test_it_lies_in_the_page_before_it_is_needed_and_is_hidden() -> None:
    shown = AppTest.from_function(page).run()
    assert not shown.exception
    assert shown.get("html")[0].proto.body == notice_markup()
    assert '[data-testid="stElementContainer"]:has(.et-lost) { display: none;' in STYLE_SHEET


def test_it_says_who_guards_and_how_to_look() -> None:
    assert "guarded by the desk's process" in notice_markup().replace("&#x27;", "'")
    assert "<code>etrms status</code>" in notice_markup()
