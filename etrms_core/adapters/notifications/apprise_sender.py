"""Sending through Apprise, each message in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from etrms_core.adapters.notifications.address_rules import Resolve, read_address, resolved
from etrms_core.adapters.notifications.scrubbing import scrubbed
from etrms_core.domain.secret import Secret
from etrms_core.engine.notification_ports import AddressReading, Message
from etrms_core.errors import DataError

TIMEOUT_SECONDS = 20.0
MODULE = "etrms_core.adapters.notifications.send_once"
ROOT = Path(__file__).parents[3]
# Nothing else of this process's environment is a provider's business.
KEPT_VARIABLES = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


class AppriseSender:
    """`NotificationSender` for every service that Apprise knows.

    Parameters
    ----------
    timeout_seconds : float
        After which the process that sends is killed, whatever it waits for.
    """

    def __init__(
        self, *, timeout_seconds: float = TIMEOUT_SECONDS, resolve: Resolve = resolved
    ) -> None:
        self._timeout = timeout_seconds
        self._resolve = resolve

    def read_address(self, address: Secret, *, allows_private: bool) -> AddressReading:
        """Check an address; ConfigurationError says what is wrong and never repeats it."""
        return read_address(address, allows_private=allows_private, resolve=self._resolve)

    def send(self, address: Secret, message: Message, *, allows_private: bool) -> None:
        """Hand a message over; DataError, without a secret, when it was not taken in time."""
        order = {
            "address": address.reveal(),
            "title": message.title,
            "text": message.text,
            "severity": message.severity.word,
            "allows_private": allows_private,
        }
        reason = self._reason(json.dumps(order))
        if reason is not None:
            raise DataError(scrubbed(reason, address))

    def _reason(self, order: str) -> str | None:
        # The address goes through a pipe: arguments of a process can be seen by others.
        try:
            ended = subprocess.run(  # noqa: S603 (this Python, a module of ours)
                [sys.executable, "-m", MODULE],
                input=order,
                capture_output=True,
                encoding="utf-8",
                timeout=self._timeout,
                cwd=ROOT,
                env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"no answer within {self._timeout:g} s"
        except OSError as error:
            return f"no process could be started to send it ({error.strerror})"
        try:
            reason = json.loads(ended.stdout)["reason"]
        except (ValueError, KeyError, TypeError):
            return f"the sending process ended with {ended.returncode}"
        return None if reason is None else str(reason)
