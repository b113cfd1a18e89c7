"""The form in which the owner takes another password."""

from dataclasses import dataclass, field

import streamlit as st

from etrms_core.services.password_rules import FEWEST_CHARACTERS, MOST_BYTES

RULES = (
    f"At least {FEWEST_CHARACTERS} characters and at most {MOST_BYTES} bytes, hard to guess, and "
    "without your name. Several words that have nothing to do with each other are good."
)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What was typed."""

    old: str = field(repr=False)
    new: str = field(repr=False)


def password_form() -> NewPassword | None:
    """Draw the form; return what was typed once both new ones are the same."""
    with st.form("password", clear_on_submit=False):
        st.markdown(RULES)
        old = _field("Password now", "current-password", "old_password")
        new = _field("New password", "new-password", "new_password")
        repeated = _field("Repeat the new password", "new-password", "repeated_password")
        is_sent = st.form_submit_button("Change the password", type="primary", key="save_password")
    if not is_sent:
        return None
    if new != repeated:
        st.error("Nothing is changed. The two new passwords are not the same.")
        return None
    return NewPassword(old, new)


def _field(label: str, autocomplete: str, key: str) -> str:
    return st.text_input(label, type="password", autocomplete=autocomplete, key=key)
