"""Nothing is shown to anybody but the owner: first run, login, logout."""

import json
import math
from datetime import timedelta
from html import escape
from typing import NoReturn

import streamlit as st

from app import browser, runtime
from app.authentication_routes import LOG_OUT, accept_address
from app.first_run_code import FirstRunCode
from app.first_run_form import first_run_form
from app.login_form import login_form
from app.session_cookie import cookie_name
from etrms_core.engine.sign_in_ports import WebSession
from etrms_core.errors import ConfigurationError
from etrms_core.services.sign_in import (
    LoggedIn,
    LoginOutcome,
    SessionEnd,
    Throttled,
    WrongPassword,
)

FORM_WIDTH = 440
ENDS = {
    SessionEnd.UNKNOWN: "You are logged out.",
    SessionEnd.IDLE: "You were logged out after 30 minutes without use.",
    SessionEnd.EXPIRED: "You were logged out after 12 hours.",
    SessionEnd.PASSWORD_CHANGED: "The password was changed. Log in with the new one.",
}
NAME_HELP = "Username is what you typed as **Your name** when you made the account."
SUBJECTS = {"name": "Your name", "password": "The password"}
_CODE = FirstRunCode()


def signed_in() -> WebSession | None:
    """Return the owner's session of this browser, None when there is none any more.

    It is looked up anew each time: the cookie is the one that the connection began with.
    """
    found = _look_up()
    return found if isinstance(found, WebSession) else None


def require_owner() -> WebSession:
    """Return the owner's session, or show the way in instead of everything that would follow."""
    found = _look_up()
    if not isinstance(found, WebSession):
        _stop_at_the_entrance(found)
    return found


def log_out_button() -> None:
    """Draw the button that ends this browser's session."""
    st.html(
        f'<form method="post" action="{LOG_OUT}" class="et-log-out">'
        '<button type="submit">Log out</button></form>'
    )


def _look_up() -> WebSession | SessionEnd:
    return runtime.desk().sign_in.look_up(browser.cookie(cookie_name()))


def _stop_at_the_entrance(end: SessionEnd) -> NoReturn:
    with st.container(horizontal_alignment="center"), st.container(width=FORM_WIDTH):
        st.title("ETRMS", anchor=False)
        if runtime.desk().owner.exists:
            _show_login(end)
        else:
            _show_first_run()
    st.stop()


def _show_login(end: SessionEnd) -> None:
    st.header("Log in", anchor=False)
    if end in ENDS:
        st.info(ENDS[end])
    st.markdown(NAME_HELP)
    outcome = login_form(_check)
    match outcome:
        case LoggedIn(ticket=ticket):
            _go_on(ticket)
        case WrongPassword() | Throttled():
            st.error(refusal(outcome))


def _check(name: str, password: str) -> LoginOutcome:
    return runtime.desk().sign_in.log_in(name, password, address=browser.address())


def refusal(outcome: WrongPassword | Throttled, *, what: str = "Username or password") -> str:
    """Say why a password was refused, and how long to wait."""
    wrong = f"{what} is wrong."
    if isinstance(outcome, Throttled):
        return f"Too many wrong passwords. Try again in {_seconds(outcome.wait)}."
    if outcome.wait:
        return f"{wrong} That was one too many: try again in {_seconds(outcome.wait)}."
    return wrong


def _seconds(wait: timedelta) -> str:
    return f"{math.ceil(wait.total_seconds())} s"


def _show_first_run() -> None:
    st.header("Create your account", anchor=False)
    st.write("This desk has no owner yet. It has one account, and this is it.")
    desk = runtime.desk()
    zone = browser.time_zone() or desk.policy.time_zone
    typed = first_run_form(zone=zone, code=_code())
    if typed is None:
        return
    try:
        ticket = desk.sign_in.create_owner(typed.name, typed.password).ticket
    except ConfigurationError as error:
        st.error(_told(error))
        return
    desk.preferences.change({"time_zone": typed.time_zone})
    _go_on(ticket)


def _code() -> FirstRunCode | None:
    if browser.is_beside_the_desk():
        return None
    _CODE.tell()
    return _CODE


def _told(error: ConfigurationError) -> str:
    sentence = str(error).removeprefix(f"{error.field}: ")
    if error.field in SUBJECTS and not runtime.desk().owner.exists:
        return f"{SUBJECTS[error.field]} {sentence}."
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _go_on(ticket: str) -> None:
    address = accept_address(ticket, browser.path())
    # Streamlit cannot set a cookie: the browser itself must ask for it.
    script = json.dumps(address).replace("<", "\\u003c")
    st.html(f"<script>location.replace({script})</script>", unsafe_allow_javascript=True)
    st.html(f'<a href="{escape(address)}">Continue</a>')
