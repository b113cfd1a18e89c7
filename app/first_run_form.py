"""The form in which the trader makes an account, once."""

from dataclasses import dataclass, field
from zoneinfo import available_timezones

import streamlit as st

from app.first_run_code import FirstRunCode
from app.forms.password_form import RULES

# Below the fields and not as their help, which would have to be looked for.
NAME_HELP = "You log in with it: the login calls it **Username**."
ZONE_HELP = (
    "Times are shown in this zone. When your trading day begins is set by `owner.time_zone` in "
    "etrms.toml."
)


@dataclass(frozen=True, slots=True)
class NewOwner:
    """What was typed."""

    name: str
    password: str = field(repr=False)
    time_zone: str


def first_run_form(*, zone: str, code: FirstRunCode | None) -> NewOwner | None:
    """Draw the form; return what was typed once it is complete.

    Parameters
    ----------
    zone : str
        Chosen at first.
    code : FirstRunCode or None
        What must be typed too; None when the browser runs on this machine.
    """
    zones = sorted(available_timezones() | {zone})
    with st.form("first_run"):
        name = st.text_input("Your name", autocomplete="username")
        st.markdown(NAME_HELP)
        password = st.text_input("Password", type="password", autocomplete="new-password")
        st.markdown(RULES)
        repeated = st.text_input("Repeat password", type="password", autocomplete="new-password")
        chosen = st.selectbox("Time zone", zones, index=zones.index(zone), help=ZONE_HELP)
        typed = "" if code is None else st.text_input("Code from the console", autocomplete="off")
        is_sent = st.form_submit_button("Create account", type="primary")
    if not is_sent:
        return None
    if code is not None and not code.fits(typed):
        st.error("That is not the code. The console in which ETRMS was started shows it.")
        return None
    if password != repeated:
        st.error("The two passwords are not the same.")
        return None
    return NewOwner(name.strip(), password, chosen)
