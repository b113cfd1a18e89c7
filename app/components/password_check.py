"""Asking for the owner's password again before something is loosened."""

import streamlit as st

from app import browser, runtime
from app.login_gate import refusal
from etrms_core.services.sign_in import PasswordIsRight


def password_is_right(password: str) -> bool:
    """Check the password under the same throttle as the login, and show why it is refused."""
    outcome = runtime.desk().sign_in.confirm(password, address=browser.address())
    if isinstance(outcome, PasswordIsRight):
        return True
    st.error(f"Nothing is changed. {refusal(outcome, what='The password')}")
    return False
