"""The forms of the profile and of the password."""

from streamlit.testing.v1 import AppTest

from app.forms.password_form import NewPassword
from app.forms.profile_form import BROWSER, FIRST
from etrms_core.domain.preferences import Preferences


def profile() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.forms.profile_form import profile_form  # noqa: PLC0415

    st.session_state["result"] = profile_form(st.session_state["current"], accounts=["paper"])


def password() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.forms.password_form import password_form  # noqa: PLC0415

    st.session_state["result"] = password_form()


def show(current: Preferences) -> AppTest:
    shown = AppTest.from_function(profile, default_timeout=60)
    shown.session_state["current"] = current
    shown.run()
    assert not shown.exception
    return shown


def test_what_is_chosen_comes_back_and_the_first_choices_mean_none() -> None:
    shown = show(Preferences(time_zone="Asia/Tokyo", default_account="paper"))
    assert shown.selectbox(key="profile_zone").value == "Asia/Tokyo"
    shown.selectbox(key="profile_zone").set_value(BROWSER)
    shown.selectbox(key="profile_account").set_value(FIRST)
    shown.selectbox(key="profile_timeframe").set_value("15m")
    shown.button[0].click().run()
    assert shown.session_state["result"] == {
        "time_zone": None,
        "default_account": None,
        "default_timeframe": "15m",
    }


def test_a_choice_that_is_no_more_is_kept() -> None:
    shown = show(Preferences(default_account="<b>gone</b>", default_timeframe="7m"))
    shown.button[0].click().run()
    result = shown.session_state["result"]
    assert (result["default_account"], result["default_timeframe"]) == ("<b>gone</b>", "7m")


def test_two_passwords_must_be_the_same_and_are_never_shown() -> None:
    shown = AppTest.from_function(password, default_timeout=60).run()
    shown.text_input(key="old_password").set_value("old")
    shown.text_input(key="new_password").set_value("one")
    shown.text_input(key="repeated_password").set_value("other")
    shown.button[0].click().run()
    assert not shown.session_state["result"]
    assert "not the same" in shown.error[0].value
    shown.text_input(key="repeated_password").set_value("one")
    shown.button[0].click().run()
    assert shown.session_state["result"] == NewPassword("old", "one")
    assert "one" not in repr(NewPassword("old", "one")).replace("None", "")
