"""The form in which the trader describes a channel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

import streamlit as st

from app.forms.channel_kinds import KINDS, AddressField, ChannelKind, kind_of
from app.presenters.event_groups import chosen_kinds, kind_choices, labels_of
from app.presenters.severity_cells import MINIMUM_WORDS
from etrms_core.domain.notifications import LONGEST_NAME, Channel, QuietHours, Severity
from etrms_core.domain.secret import Secret
from etrms_core.errors import ConfigurationError, DomainError

NOBODY = "nowhere else"
LONGEST_TYPED = 2_000
PRIVATE_LABEL = "It lies in my own network or on this machine"
PRIVATE_HELP = (
    "Otherwise an address that leads into a private network is refused, so that nobody makes the "
    "desk talk to your other machines."
)


@dataclass(frozen=True, slots=True)
class ChannelDraft:
    """What was typed; without an address the one that the channel has is kept."""

    channel: Channel
    address: Secret | None


@dataclass(frozen=True, slots=True)
class ChannelSurroundings:
    """What the form must know: other channels to fall back to, and whose clock counts."""

    others: Sequence[str]
    quiet_zone: str


def channel_form(
    surroundings: ChannelSurroundings, *, known: Channel | None
) -> ChannelDraft | None:
    """Draw the form, filled with a channel when it is changed; return what was sent.

    Raises
    ------
    ConfigurationError
        If something that was typed cannot be used; it names it.
    """
    kind = _kind(known)
    st.markdown(kind.hint)
    with st.form("channel", border=False):
        name = _name(known)
        typed = {field.name: _address_input(kind, field, known) for field in kind.fields}
        is_private = known is not None and known.allows_private
        if kind.may_be_private:
            is_private = st.checkbox(
                PRIVATE_LABEL, is_private, key="channel_private", help=PRIVATE_HELP
            )
        severity, kinds = _routing(known)
        hours = _quiet_hours(known, zone=surroundings.quiet_zone)
        fallback = _fallback(known, surroundings.others)
        if not st.form_submit_button("Save channel", type="primary", key="channel_save"):
            return None
    address = kind.address(typed)
    if address is None and known is None:
        raise ConfigurationError("is needed", field=kind.fields[0].label)
    channel = _channel(
        known,
        name=name,
        allows_private=is_private,
        minimum_severity=severity,
        kinds=kinds,
        quiet_hours=_parsed_hours(*hours),
        fallback=fallback,
    )
    return ChannelDraft(channel, address)


def _kind(known: Channel | None) -> ChannelKind:
    first = KINDS[0] if known is None else kind_of(known.service)
    return st.selectbox(
        "Service", KINDS, index=KINDS.index(first), format_func=_label, key="channel_kind"
    )


def _label(kind: ChannelKind) -> str:
    return kind.label


def _name(known: Channel | None) -> str:
    if known is not None:
        return known.name
    return st.text_input("Name of the channel", max_chars=LONGEST_NAME, key="channel_name").strip()


def _address_input(kind: ChannelKind, field: AddressField, known: Channel | None) -> str:
    keep = "leave empty to keep the present one"
    return st.text_input(
        field.label,
        "" if known is not None else field.default,
        type="password" if field.is_secret else "default",
        max_chars=LONGEST_TYPED,
        key=f"channel_{kind.label}_{field.name}",
        placeholder=keep if known is not None else field.example,
        autocomplete="new-password" if field.is_secret else "off",
    )


def _routing(known: Channel | None) -> tuple[Severity, tuple[str, ...]]:
    severities = list(MINIMUM_WORDS)
    chosen = Severity.WARNING if known is None else known.minimum_severity
    severity = st.selectbox(
        "What goes there",
        severities,
        index=severities.index(chosen),
        format_func=MINIMUM_WORDS.__getitem__,
        key="channel_severity",
    )
    labels = st.multiselect(
        "Only these kinds of event",
        list(kind_choices()),
        default=[] if known is None else labels_of(known.kinds),
        key="channel_kinds",
        placeholder="all kinds",
    )
    return severity, chosen_kinds(labels)


def _quiet_hours(known: Channel | None, *, zone: str) -> tuple[time | None, time | None, bool]:
    hours = None if known is None else known.quiet_hours
    left, right = st.columns(2)
    begins = left.time_input(
        f"Quiet from ({zone})", None if hours is None else hours.begins, key="channel_quiet_from"
    )
    ends = right.time_input(
        f"Quiet until ({zone})", None if hours is None else hours.ends, key="channel_quiet_until"
    )
    breaks_through = st.checkbox(
        "Critical events break through quiet hours",
        hours is None or hours.critical_breaks_through,
        key="channel_breaks_through",
    )
    return begins, ends, breaks_through


def _parsed_hours(begins: time | None, ends: time | None, through: bool) -> QuietHours | None:
    if begins is None and ends is None:
        return None
    if begins is None or ends is None:
        raise ConfigurationError("need both a beginning and an end", field="quiet hours")
    try:
        return QuietHours(begins, ends, through)
    except DomainError as error:
        raise ConfigurationError(str(error), field="quiet hours") from None


def _fallback(known: Channel | None, others: Sequence[str]) -> str | None:
    choices = [NOBODY, *others]
    present = None if known is None else known.fallback
    at = others.index(present) + 1 if present is not None and present in others else 0
    row = st.selectbox(
        "What it does not take goes to",
        range(len(choices)),
        index=at,
        format_func=choices.__getitem__,
        key="channel_fallback",
    )
    return others[row - 1] if row else None


def _channel(known: Channel | None, *, name: str, **routing: object) -> Channel:
    try:
        # Service and masked address are read from the address when it is saved.
        return Channel(
            name=name,
            service="" if known is None else known.service,
            masked_address="" if known is None else known.masked_address,
            is_enabled=known is None or known.is_enabled,
            **routing,  # type: ignore[arg-type]
        )
    except DomainError as error:
        raise ConfigurationError(str(error), field="name") from None
