"""Where the vault keeps the address of a channel."""

from etrms_core.engine.vault_ports import SecretName


def address_name(channel: str) -> SecretName:
    """Return the name of a channel's address in the vault."""
    return SecretName("notification", channel, "address")
