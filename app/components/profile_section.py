"""Settings: who the owner is, how pages begin, and the password."""

import streamlit as st

from app import runtime
from app.components.literal_text import literally
from app.components.password_check import password_is_right
from app.forms.password_form import password_form
from app.forms.profile_form import profile_form
from app.login_gate import require_owner
from etrms_core.errors import ConfigurationError

SAVED = "profile_saved"
FORM_WIDTH = 560
THEME = (
    "Light or dark is switched in your browser's or system's own settings for appearance, which "
    "every page follows; ETRMS has no switch of its own. Your name stays as it was given when the "
    "account was made."
)


def profile_section() -> None:
    """Draw the name, the preferences and the change of password."""
    desk = runtime.desk()
    st.markdown(f"You are **{literally(desk.owner.name or 'the owner')}**, the owner of this desk.")
    st.markdown(THEME)
    with st.container(width=FORM_WIDTH):
        _preferences()
    st.subheader("Trading day", anchor=False)
    st.markdown(
        f"Day, week and month begin at midnight in **{literally(desk.policy.time_zone)}**. Losses "
        "of the day are measured from there, so another zone can loosen a limit: it is "
        "`owner.time_zone` in etrms.toml, and with real money it counts only after the wait of "
        "the commitment lock."
    )
    st.subheader("Password", anchor=False)
    with st.container(width=FORM_WIDTH):
        change_password()


def change_password() -> None:
    """Ask for the old and the new password; then every session ends, this one too."""
    st.markdown("Every browser is logged out, this one too, and the new password is asked for.")
    typed = password_form()
    if typed is None or not password_is_right(typed.old):
        return
    owner = runtime.desk().owner
    try:
        owner.change_password(owner.name or "", typed.new)
    except ConfigurationError as error:
        reason = str(error).removeprefix(f"{error.field}: ")
        st.error(f"Nothing is changed. The new password {literally(reason)}.")
        return
    require_owner()
    st.success("The password is changed.")


def _preferences() -> None:
    desk = runtime.desk()
    if st.session_state.pop(SAVED, False):
        st.success("Saved.", icon=":material/check:")
    state = desk.state()
    accounts = [] if state is None else [each.account for each in state.accounts]
    wanted = profile_form(desk.preferences.current(), accounts=accounts)
    if wanted is None:
        return
    try:
        desk.preferences.change(wanted)
    except ConfigurationError as error:
        st.error(f"Nothing is changed: {literally(str(error))}.")
        return
    st.session_state[SAVED] = True
    st.rerun()
