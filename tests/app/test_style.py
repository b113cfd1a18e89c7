"""The style sheet."""

import re

from streamlit.testing.v1 import AppTest

from app.style import STYLE_SHEET


def page() -> None:
    from app.style import install_style  # noqa: PLC0415  the function's source is the script

    install_style()


def test_the_sheet_is_put_into_the_page() -> None:
    shown = AppTest.from_function(page).run()
    assert not shown.exception
    assert "et-cards" in shown.get("html")[0].proto.body


def test_braces_are_balanced_and_nothing_is_fetched() -> None:
    assert STYLE_SHEET.count("{") == STYLE_SHEET.count("}")
    assert re.search(r"url\(|@import", STYLE_SHEET) is None
