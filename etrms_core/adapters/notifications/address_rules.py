"""Which addresses of channels are accepted, and what may be shown of them."""

import logging
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING

from etrms_core.adapters.notifications.private_addresses import Address, is_public, refusal
from etrms_core.domain.secret import Secret
from etrms_core.engine.notification_ports import AddressReading
from etrms_core.errors import ConfigurationError

if TYPE_CHECKING:
    from apprise import NotifyBase

FIELD = "address"
LONGEST_ADDRESS = 2_000
# A plain web address is a webhook that takes JSON.
WEBHOOKS = {"https": "jsons", "http": "json"}
# So much of the end of an address may be shown that two of them can be told apart, and no more.
TAILS = ((12, 4), (6, 2))
# They speak to the machine that the desk runs on, not to the trader.
LOCAL_SERVICES = frozenset(
    ["dbus", "kde", "qt", "glib", "gio", "gnome", "macosx", "windows", "syslog", "blink1"]
)

Resolve = Callable[[str], list[Address]]


def resolved(host: str) -> list[Address]:
    """Return the addresses of a host, as a connection would find them; none when it has none."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    # A link-local address carries its interface after a percent sign.
    return [ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def read_address(
    address: Secret, *, allows_private: bool, resolve: Resolve = resolved
) -> AddressReading:
    """Check an address and say what may be shown of it.

    Parameters
    ----------
    allows_private : bool
        Whether the owner expressly allows a private network or this machine; it may then be
        reached without encryption.

    Raises
    ------
    ConfigurationError
        If it cannot be used; nothing of the address is in the message.
    """
    text, plugin = _parsed(address)
    for host in network_hosts(plugin):
        _check_host(plugin, resolve(host), allows_private=allows_private)
    if not plugin.verify_certificate and not allows_private:
        raise _refused("switches the check of certificates off; leave out verify=no")
    return AddressReading(Secret(text), str(plugin.service_name), _masked(text, plugin))


def read_plugin(address: Secret) -> "NotifyBase":
    """Return Apprise's service of an address, which follows no redirect."""
    return _parsed(address)[1]


def network_hosts(plugin: "NotifyBase") -> list[str]:
    """Return the hosts that an address itself names; none where the service has its own."""
    # Of many services the place of the host holds a token.
    named = plugin.host if "host" in plugin.template_tokens else None
    mail_server = getattr(plugin, "smtp_host", None)
    return [str(host) for host in dict.fromkeys([named, mail_server]) if host]


def _parsed(address: Secret) -> tuple[str, "NotifyBase"]:
    text = address.reveal().strip()
    scheme, separator, rest = text.partition("://")
    if not separator or not rest or not scheme.isalnum():
        raise _refused("is none such as https://... or tgram://...; Apprise lists all services")
    if scheme.lower() in LOCAL_SERVICES:
        raise _refused("would only show something on the desk's own machine")
    if len(text) > LONGEST_ADDRESS or not text.isprintable() or " " in text:
        raise _refused(f"has spaces, or more than {LONGEST_ADDRESS} characters")
    plugin = _instantiated(text)
    if plugin is None and scheme.lower() in WEBHOOKS:
        text = f"{WEBHOOKS[scheme.lower()]}://{rest}"
        plugin = _instantiated(text)
    if plugin is None:
        raise _refused("is not complete, or names a service that is not known")
    plugin.redirects = False
    return text, plugin


def _instantiated(text: str) -> "NotifyBase | None":
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 (it loads a hundred services)

    asset = AppriseAsset(secure_logging=True, storage_mode="memory", app_id="ETRMS")
    with warnings.catch_warnings(), _silenced(logging.getLogger("apprise")):
        # The first one loads all services, of which some use what Python will drop.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Apprise.instantiate(text, asset=asset, suppress_exceptions=True)


@contextmanager
def _silenced(logger: logging.Logger) -> Iterator[None]:
    # It writes whole addresses into its log.
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = False


def _check_host(plugin: "NotifyBase", found: list[Address], *, allows_private: bool) -> None:
    reason = refusal(found, allows_private=allows_private)
    if reason is not None:
        raise _refused(reason)
    is_at_home = allows_private and bool(found) and not any(is_public(each) for each in found)
    encrypted_form: object = plugin.secure_protocol
    if encrypted_form and not plugin.secure and not is_at_home:
        raise _refused(
            "is not encrypted; write https:// (or the encrypted form of the service), or expressly "
            "allow a private network if it lies in one"
        )


def _masked(text: str, plugin: "NotifyBase") -> str:
    scheme, _, rest = text.partition("://")
    hosts = network_hosts(plugin)
    place, *path = rest.partition("?")[0].rstrip("/").split("/")
    # Where the service has a host of its own, the place of the host holds a name or a token.
    last = path[-1] if path else "" if hosts else place.rpartition("@")[2]
    shown = f"{_masked_host(hosts[0])}/" if hosts else ""
    return f"{scheme.lower()}://{shown}...{_tail(last)}"


def _tail(part: str) -> str:
    count = next((count for length, count in TAILS if len(part) >= length), 0)
    return part[len(part) - count :]


def _masked_host(host: str) -> str:
    # The beginning of a name can be a secret: each customer of a service has a name of their own.
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        labels = host.split(".")
    return host if len(labels) <= 2 else f"...{'.'.join(labels[-2:])}"


def _refused(reason: str) -> ConfigurationError:
    return ConfigurationError(reason, field=FIELD)
