"""What the page of notifications needs from the vault: a passphrase once, and after a start."""

import streamlit as st

from app import browser, runtime
from app.components.passphrase_tries import passphrase_guard
from app.login_gate import refusal
from etrms_core.domain.secret import Secret
from etrms_core.engine.vault_ports import VaultState
from etrms_core.errors import ConfigurationError
from etrms_core.services.login_guard import account_source, address_source
from etrms_core.services.password_rules import FEWEST_CHARACTERS
from etrms_core.services.sign_in import Throttled, WrongPassword
from etrms_core.services.vault_desk import check_passphrase

WHY = (
    "Addresses of your channels are secrets, so they are kept in a vault that only your "
    "passphrase opens."
)
RULE = (
    f"At least {FEWEST_CHARACTERS} characters; four words that have nothing to do with each other "
    "are strong and easy to remember. Nobody can recover it: without it, the secrets must be "
    "entered anew."
)
LONGEST_PASSPHRASE = 1_000
BUCKET = "the passphrase of the vault"
FORM_WIDTH = 560


def passphrase_section() -> None:
    """Ask for the passphrase while the vault cannot be used."""
    match runtime.desk().notifications.vault.state:
        case VaultState.ABSENT:
            _choose()
        case VaultState.LOCKED:
            _unlock()
        case VaultState.UNLOCKED:
            st.markdown("The vault is unlocked. Lock it or change its passphrase under Settings.")


def weakness_of(passphrase: str) -> str:
    """Say why a passphrase is not strong enough; empty when it is."""
    try:
        check_passphrase(Secret(passphrase))
    except ConfigurationError as error:
        return f"Too weak: it {_reason(error)}."
    return ""


def try_to_unlock(passphrase: Secret) -> WrongPassword | Throttled | None:
    """Unlock the vault under the same throttle as a login; None when it is open."""
    desk = runtime.desk()
    guard = passphrase_guard(desk)
    sources = (account_source(BUCKET), address_source(browser.address()))
    wait = guard.count(sources)
    if wait:
        return Throttled(wait)
    try:
        desk.notifications.vault.unlock(passphrase)
    except ConfigurationError:
        return WrongPassword(guard.wait_of(sources))
    guard.forget(sources)
    return None


def _choose() -> None:
    st.header("Choose a passphrase", anchor=False)
    st.markdown(f"{WHY} {RULE}")
    with st.container(width=FORM_WIDTH), st.form("passphrase_choose"):
        passphrase = _input("Passphrase", "passphrase_new")
        repeated = _input("Repeat the passphrase", "passphrase_repeated")
        if not st.form_submit_button("Create the vault", type="primary", key="passphrase_create"):
            return
        weakness = weakness_of(passphrase)
        if weakness:
            st.error(weakness)
        elif passphrase != repeated:
            st.error("The two passphrases are not the same.")
        else:
            _create(Secret(passphrase))


def _create(passphrase: Secret) -> None:
    vault = runtime.desk().notifications.vault
    try:
        with st.spinner("Creating the vault"):
            vault.create(passphrase)
    except ConfigurationError as error:
        if vault.state is VaultState.ABSENT:
            st.error(f"The vault was not created: it {_reason(error)}.")
            return
        # Another window was faster; what it chose counts.
    st.rerun()


def _unlock() -> None:
    vault = runtime.desk().notifications.vault
    st.header("The vault is locked", anchor=False)
    st.warning("LOCKED: no notification can be sent until you unlock the vault.")
    if vault.trouble:
        # Not Markdown: it holds a path.
        st.text(f"It could not be unlocked at the start: {vault.trouble}.")
    with st.container(width=FORM_WIDTH), st.form("passphrase_unlock"):
        passphrase = _input("Passphrase of the vault", "passphrase_now")
        if not st.form_submit_button("Unlock", type="primary", key="passphrase_unlock_now"):
            return
        refused = try_to_unlock(Secret(passphrase))
        if refused is not None:
            st.error(_refusal(refused))
            return
    st.rerun()


def _refusal(refused: WrongPassword | Throttled) -> str:
    return refusal(refused, what="The passphrase").replace("wrong passwords", "wrong passphrases")


def _input(label: str, key: str) -> str:
    return st.text_input(
        label, type="password", key=key, max_chars=LONGEST_PASSPHRASE, autocomplete="off"
    )


def _reason(error: ConfigurationError) -> str:
    return str(error).removeprefix(f"{error.field}: ").rstrip(".")
