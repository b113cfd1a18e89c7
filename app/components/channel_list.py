"""The channels with their state and their buttons, drawn anew every two seconds."""

import hashlib
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from app import runtime
from app.components.channel_card import channel_markup
from app.components.channel_dialogs import open_delete, open_edit, open_new_channel, open_switch
from app.components.channel_trials import trial_cell, trials_of
from app.components.markup import tag
from app.presenters.channel_text import NO_COUNT, channel_words, last_delivery_sentence
from app.session import display_zone
from etrms_core.domain.notifications import Channel
from etrms_core.engine.notification_ports import DeliveryCount, Notice
from etrms_core.engine.vault_ports import VaultState
from etrms_core.services.supervisor import Role

EMPTY = (
    "No channel yet: you are told inside the app only. Add one, and send a test to see that it "
    "reaches you."
)
LOCKED_HELP = "Unlock the vault first: the address lies in it."
STANDBY = (
    "This process stands by: the one that guards the accounts sends the messages, and its own "
    "vault must be unlocked. Channels can be changed here; a test is sent from here."
)


def channel_list() -> None:
    """Draw every channel."""
    desk = runtime.desk()
    notices = desk.notifications.outbox.recent()
    status, channels = desk.notifications.notifier.status(), desk.notifications.channels.all()
    if desk.role is Role.STANDBY:
        st.info(STANDBY)
    counts = {each.channel: each for each in status.channels}
    for channel in channels:
        _draw(channel, counts, notices, zone=display_zone())
    if not channels:
        st.markdown(tag("p", EMPTY, css="et-empty et-warning"), unsafe_allow_html=True)
    is_locked = desk.notifications.vault.state is not VaultState.UNLOCKED
    if st.button(
        "New channel",
        icon=":material/add_alert:",
        type="primary",
        key="channel_new",
        disabled=is_locked,
        help=LOCKED_HELP if is_locked else None,
    ):
        open_new_channel()


def _draw(
    channel: Channel,
    counts: Mapping[str, DeliveryCount],
    notices: Sequence[Notice],
    *,
    zone: ZoneInfo,
) -> None:
    desk = runtime.desk()
    delivered = last_delivery_sentence(channel.name, notices, zone=zone, now=desk.now())
    words = channel_words(
        channel,
        counts.get(channel.name, NO_COUNT),
        last_delivery=delivered,
        quiet_zone=desk.policy.time_zone,
        zone=zone,
        now=desk.now(),
    )
    trial = trial_cell(trials_of(desk), channel.name, zone=zone)
    with st.container(border=True):
        st.markdown(channel_markup(words, trial), unsafe_allow_html=True)
        _draw_buttons(channel)


def _draw_buttons(channel: Channel) -> None:
    desk, name = runtime.desk(), channel.name
    key = channel_key(name)
    is_locked = desk.notifications.vault.state is not VaultState.UNLOCKED
    is_running = trials_of(desk).running_seconds(name) is not None
    with st.container(horizontal=True):
        if st.button(
            "Test",
            icon=":material/send:",
            key=f"test_{key}",
            disabled=is_locked or is_running,
            help=LOCKED_HELP if is_locked else None,
        ):
            trials_of(desk).start(name)
            st.rerun(scope="fragment")
        if st.button("Edit", icon=":material/edit:", key=f"edit_{key}"):
            open_edit(name)
        label = "Switch off" if channel.is_enabled else "Switch on"
        if st.button(label, icon=":material/power_settings_new:", key=f"switch_{key}"):
            open_switch(name)
        if st.button("Delete", icon=":material/delete:", key=f"delete_{key}"):
            open_delete(name)


def channel_key(name: str) -> str:
    """Return a key for the widgets of a channel, whatever its name is made of."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:12]
