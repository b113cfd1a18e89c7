"""Settings: the vault in which keys lie, and its passphrase."""

import streamlit as st

from app import runtime
from app.components.literal_text import literally
from app.components.passphrase_section import passphrase_section, try_to_unlock
from app.components.password_check import password_is_right
from app.login_gate import refusal
from app.page_frame import error_boundary
from etrms_core.domain.secret import Secret
from etrms_core.engine.vault_ports import VaultState
from etrms_core.errors import ConfigurationError, DataError

WHAT = (
    "Keys of venues and of notifications lie sealed in the vault. Only its passphrase opens it, "
    "and nobody can bring a forgotten one back."
)
AT_START = (
    "To have ETRMS open the vault by itself at the start, put the passphrase into a file that "
    "only you can read, and name it in `ETRMS_VAULT_PASSPHRASE_FILE`."
)
LOCK = (
    "Nothing that needs a key is done until somebody unlocks again: notifications are not sent, "
    "and venues that are opened anew can be neither read nor acted on."
)
TOLD = "vault_told"
FORM_WIDTH = 560


def vault_section() -> None:
    """Draw the state of the vault and what can be done with it."""
    if (told := st.session_state.pop(TOLD, None)) is not None:
        st.success(told, icon=":material/check:")
    st.markdown(WHAT)
    if runtime.desk().notifications.vault.state is VaultState.UNLOCKED:
        st.success("The vault is unlocked in this process.", icon=":material/lock_open:")
        with st.container(width=FORM_WIDTH):
            change_passphrase()
        if st.button("Lock the vault", icon=":material/lock:", key="lock_vault"):
            lock_dialog()
    else:
        passphrase_section()
    st.markdown(AT_START)


def change_passphrase() -> None:
    """Seal everything under another passphrase, which needs the old one."""
    with st.form("change_passphrase"):
        old, new, repeated = (
            st.text_input(label, type="password", key=key, autocomplete="off")
            for label, key in (
                ("Passphrase now", "vault_old"),
                ("New passphrase", "vault_new"),
                ("Repeat the new passphrase", "vault_repeated"),
            )
        )
        is_sent = st.form_submit_button("Change the passphrase", key="vault_change")
    if not is_sent:
        return
    if new != repeated:
        st.error("Nothing is changed. The two new passphrases are not the same.")
    elif (refused := try_to_unlock(Secret(old))) is not None:
        st.error(f"Nothing is changed. {refusal(refused, what='The passphrase')}")
    else:
        _change(Secret(old), Secret(new))


@st.dialog("Lock the vault", icon=":material/lock:")
def lock_dialog() -> None:
    """Lock in a dialog."""
    with error_boundary("Locking"):
        lock_vault()


def lock_vault() -> None:
    """Say what stops, ask for the password, and lock."""
    st.markdown(LOCK)
    with st.form("lock_vault_form", border=False):
        password = st.text_input("Password", type="password", key="lock_password")
        is_sent = st.form_submit_button("Lock", type="primary", key="vault_lock")
    if is_sent and password_is_right(password):
        runtime.desk().notifications.vault.lock()
        st.session_state[TOLD] = "The vault is locked."
        st.rerun()


def _change(old: Secret, new: Secret) -> None:
    try:
        runtime.desk().notifications.vault.change_passphrase(old, new)
    except ConfigurationError as error:
        reason = str(error).removeprefix(f"{error.field}: ")
        st.error(f"Nothing is changed. The new passphrase {literally(reason)}.")
        return
    except DataError as error:
        st.error(f"Nothing is changed. {literally(str(error))}")
        return
    st.session_state[TOLD] = "The passphrase is changed."
    st.rerun()
