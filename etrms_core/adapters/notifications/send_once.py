"""Sends one message and ends: run in a process of its own, which is killed when it takes too long.

It reads one JSON object from standard input and writes one. Every connection passes a guard, so
that neither a redirect nor a name that suddenly means another machine leads into a private network.
"""

import json
import logging
import sys
from collections.abc import Callable, Collection
from ipaddress import ip_address
from typing import Any

from etrms_core.adapters.notifications.address_rules import network_hosts, read_plugin, resolved
from etrms_core.adapters.notifications.private_addresses import Address, is_public, refusal
from etrms_core.adapters.notifications.scrubbing import scrubbed
from etrms_core.domain.secret import Secret
from etrms_core.errors import ConfigurationError

CONNECTIONS = frozenset(["socket.connect", "socket.sendto", "socket.sendmsg"])
PROGRAMS = frozenset(
    ["subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork"]
)
REFUSED = "the message would have gone to a private address, by a redirect or a changed name"


class ConnectionGuard:
    """An audit hook that lets out to public addresses, to those allowed, and to nothing else."""

    def __init__(self, allowed: Collection[Address]) -> None:
        self._allowed = frozenset(allowed)
        self.has_refused = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raise PermissionError before a forbidden connection or another program begins."""
        if event in PROGRAMS:
            raise PermissionError("no other program is started")
        if event in CONNECTIONS and not self._is_allowed(arguments[1]):
            self.has_refused = True
            raise PermissionError(REFUSED)

    def _is_allowed(self, target: object) -> bool:
        if target is None:
            return True  # of a socket that was connected before
        try:
            host = str(target[0]) if isinstance(target, tuple) else ""
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False  # a name, or a socket of this machine
        return is_public(address) or address in self._allowed


class _LastWarning(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()


def main() -> None:
    """Send what standard input says."""
    order = json.load(sys.stdin)
    reason = send(order, add_hook=sys.addaudithook)
    json.dump({"reason": reason}, sys.stdout)


def send(order: dict[str, Any], *, add_hook: Callable[[ConnectionGuard], None]) -> str | None:
    """Send one message and return why it was not taken; None when it was."""
    address = Secret(order["address"])
    try:
        plugin = read_plugin(address)
    except ConfigurationError as error:
        return str(error)
    found = [each for host in network_hosts(plugin) for each in resolved(host)]
    reason = refusal(found, allows_private=order["allows_private"])
    if reason is not None:
        return f"the address {reason}"
    guard = ConnectionGuard(found if order["allows_private"] else ())
    add_hook(guard)
    warning = _LastWarning()
    logging.getLogger("apprise").addHandler(warning)
    if _notified(plugin, order):
        return None
    if guard.has_refused:
        return REFUSED
    return scrubbed(warning.text, address) or "the service did not take the message"


def _notified(plugin: Any, order: dict[str, Any]) -> bool:  # noqa: ANN401 (a service of Apprise)
    from apprise import Apprise, NotifyFormat, NotifyType  # noqa: PLC0415

    types = {"info": NotifyType.INFO, "warning": NotifyType.WARNING, "critical": NotifyType.FAILURE}
    service = Apprise(asset=plugin.asset)
    service.add(plugin)
    taken = service.notify(
        body=order["text"],
        title=order["title"],
        notify_type=types[order["severity"]],
        body_format=NotifyFormat.TEXT,
        interpret_escapes=False,
    )
    return bool(taken)


if __name__ == "__main__":
    main()
