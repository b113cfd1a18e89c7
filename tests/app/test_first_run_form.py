"""The form that makes the owner."""

import pytest
from streamlit.testing.v1 import AppTest

from app.first_run_form import NAME_HELP, NewOwner
from app.forms.password_form import RULES

PASSWORD = "anchor velvet comet ladder"  # noqa: S105


def page() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.first_run_form import first_run_form  # noqa: PLC0415

    st.session_state["owner"] = first_run_form(zone="Asia/Tokyo", code=None)


def filled(name: str, password: str, repeated: str) -> AppTest:
    shown = AppTest.from_function(page, default_timeout=30).run()
    for field, typed in zip(shown.text_input, (name, password, repeated), strict=True):
        field.set_value(typed)
    return shown.button[0].click().run()


def test_what_was_typed_is_returned_with_the_zone_of_the_browser() -> None:
    shown = filled(" ada ", PASSWORD, PASSWORD)
    assert shown.session_state["owner"] == NewOwner("ada", PASSWORD, "Asia/Tokyo")
    assert PASSWORD not in repr(shown.session_state["owner"])


@pytest.mark.parametrize("repeated", ["", PASSWORD.upper(), f"{PASSWORD} "])
def test_two_passwords_that_differ_make_no_owner(repeated: str) -> None:
    shown = filled("ada", PASSWORD, repeated)
    assert shown.session_state["owner"] is None
    assert "not the same" in shown.error[0].value


def test_what_a_password_needs_and_what_the_name_is_for_is_told_before_anything_is_sent() -> None:
    shown = AppTest.from_function(page, default_timeout=30).run()
    assert [each.value for each in shown.markdown] == [NAME_HELP, RULES]
    assert "**Username**" in NAME_HELP
