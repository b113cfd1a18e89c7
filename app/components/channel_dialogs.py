"""Adding, changing, switching and deleting a channel, each in a dialog."""

from dataclasses import replace

import streamlit as st

from app import runtime
from app.components.literal_text import literally
from app.forms.channel_form import ChannelDraft, ChannelSurroundings, channel_form
from app.page_frame import error_boundary
from etrms_core.domain.notifications import Channel
from etrms_core.errors import ConfigurationError
from etrms_core.services.notification_channels import NotificationChannels

# Set once the open dialog has done what it is for; whatever is clicked then does nothing more.
DONE = "channel_dialog_done"


def open_new_channel() -> None:
    """Open the dialog in which a channel is added."""
    st.session_state.pop(DONE, None)
    _new_dialog()


def open_edit(name: str) -> None:
    """Open the dialog in which a channel is changed."""
    st.session_state.pop(DONE, None)
    _edit_dialog(name)


def open_switch(name: str) -> None:
    """Open the dialog in which a channel is switched on or off."""
    st.session_state.pop(DONE, None)
    _switch_dialog(name)


def open_delete(name: str) -> None:
    """Open the dialog in which a channel is deleted."""
    st.session_state.pop(DONE, None)
    _delete_dialog(name)


@st.dialog("New channel", width="medium", icon=":material/add_alert:")
def _new_dialog() -> None:
    with error_boundary("The new channel"):
        _close_if(edit_channel(None))


@st.dialog("Edit channel", width="medium", icon=":material/edit:")
def _edit_dialog(name: str) -> None:
    with error_boundary("The channel"):
        _close_if(edit_channel(name))


@st.dialog("Switch channel", icon=":material/power_settings_new:")
def _switch_dialog(name: str) -> None:
    with error_boundary("Switching the channel"):
        _close_if(switch_channel(name))


@st.dialog("Delete channel", icon=":material/delete:")
def _delete_dialog(name: str) -> None:
    with error_boundary("Deleting the channel"):
        _close_if(delete_channel(name))


def edit_channel(name: str | None) -> bool:
    """Show the form; save what was sent, or say what is wrong with it.

    Every function here returns whether nothing is left to do, so that its dialog closes.
    """
    if st.session_state.get(DONE):
        return True
    desk = runtime.desk()
    channels = desk.notifications.channels
    known = None if name is None else found(channels, name)
    if name is not None and known is None:
        return True
    others = [each.name for each in channels.all() if each.name != name]
    try:
        surroundings = ChannelSurroundings(others, quiet_zone=desk.policy.time_zone)
        draft = channel_form(surroundings, known=known)
        if draft is None:
            return False
        _save(channels, draft, is_new=known is None)
    except ConfigurationError as error:
        st.error(literally(told(error)))
        return False
    st.session_state[DONE] = True
    return True


def switch_channel(name: str) -> bool:
    """Say what follows, and switch the channel."""
    channels = runtime.desk().notifications.channels
    channel = found(channels, name)
    if channel is None or st.session_state.get(DONE):
        return True
    if channel.is_enabled:
        text = (
            "is switched off: nothing goes there any more, and what still waits for it is given "
            "up. Its address stays in the vault."
        )
        label = "Switch off"
    else:
        text = "is switched on: events from now on go there. What happened before is not sent."
        label = "Switch on"
    _say(name, text)
    if not st.button(label, type="primary", key="channel_switch_now"):
        return False
    st.session_state[DONE] = True
    channels.save(replace(channel, is_enabled=not channel.is_enabled))
    return True


def delete_channel(name: str) -> bool:
    """Say what follows, and delete the channel with its address."""
    channels = runtime.desk().notifications.channels
    if found(channels, name) is None:
        return True
    relying = [each.name for each in channels.all() if each.fallback == name]
    _say(name, "is deleted with its address; what still waits for it is never sent.")
    if relying:
        st.text(f"Without a fallback are then: {', '.join(relying)}.")
    if len(channels.all()) == 1:
        st.warning("It is the only channel: you are then told inside the app only.")
    if not st.button("Delete", type="primary", key="channel_delete_now"):
        return False
    channels.remove(name)
    return True


def found(channels: NotificationChannels, name: str) -> Channel | None:
    """Return the channel of a name as it is now; None when there is none any more."""
    return next((each for each in channels.all() if each.name == name), None)


def told(error: ConfigurationError) -> str:
    """Say what is wrong with what was typed, beginning with its name."""
    field = (error.field or "").replace("_", " ")
    sentence = str(error).removeprefix(f"{error.field}: ")
    text = f"{field} {sentence}" if field and field != "channel" else sentence
    return f"Not saved. {text[:1].upper()}{text[1:].rstrip('.')}."


def _save(channels: NotificationChannels, draft: ChannelDraft, *, is_new: bool) -> None:
    if is_new and found(channels, draft.channel.name) is not None:
        raise ConfigurationError("is taken by another channel; choose another", field="name")
    with st.spinner("Checking the address"):
        channels.save(draft.channel, address=draft.address)


def _close_if(is_done: bool) -> None:
    if is_done:
        st.rerun()


def _say(name: str, text: str) -> None:
    # The name is data, so it is never read as Markdown.
    st.text(f"{name} {text}")
