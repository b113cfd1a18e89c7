"""The sections of the page Settings, each with its own address."""

from collections.abc import Callable

import streamlit as st

from app.components.audit_section import audit_browser, audit_proof
from app.components.data_section import (
    backup_section,
    restore_section,
    retention_section,
    table_size_section,
)
from app.components.desk_section import desk_section
from app.components.profile_section import profile_section
from app.components.session_section import session_section
from app.components.vault_section import vault_section
from app.page_frame import refreshed

LIVE_EVERY_SECONDS = 1.0
SLOWLY_SECONDS = 5.0


def profile() -> None:
    """Draw who the owner is."""
    refreshed(profile_section, what="The profile")


def sessions() -> None:
    """Draw which browsers are logged in."""
    refreshed(session_section, what="The sessions", every_seconds=SLOWLY_SECONDS)


def desk() -> None:
    """Draw what this desk is."""
    refreshed(desk_section, what="The desk", every_seconds=LIVE_EVERY_SECONDS)


def data() -> None:
    """Draw what is kept, and backups."""
    refreshed(retention_section, what="What is kept")
    refreshed(table_size_section, what="The sizes", every_seconds=LIVE_EVERY_SECONDS)
    st.subheader("Backups", anchor=False)
    refreshed(backup_section, what="The backups", every_seconds=LIVE_EVERY_SECONDS)
    st.subheader("Restore", anchor=False)
    restore_section()


def audit() -> None:
    """Draw the audit log and its proof."""
    refreshed(audit_browser, what="The audit log")
    st.subheader("Proof", anchor=False)
    refreshed(audit_proof, what="The proof", every_seconds=LIVE_EVERY_SECONDS)


def vault() -> None:
    """Draw the vault."""
    refreshed(vault_section, what="The vault")


SECTIONS: dict[str, Callable[[], None]] = {
    "Profile": profile,
    "Sessions": sessions,
    "Desk": desk,
    "Data": data,
    "Audit log": audit,
    "Vault": vault,
}
