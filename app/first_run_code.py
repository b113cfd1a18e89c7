"""The code by which somebody far away proves to be the one who started the desk."""

import secrets
from collections.abc import Mapping
from ipaddress import ip_address

CODE_BYTES = 8
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# Whoever set them, the request came through another machine or program.
FORWARDING_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class FirstRunCode:
    """A code that the console tells, once per process, when it is first needed."""

    def __init__(self) -> None:
        self._code = secrets.token_hex(CODE_BYTES)
        self._is_told = False

    def tell(self) -> None:
        """Print the code, unless it was printed before."""
        if not self._is_told:
            self._is_told = True
            print(f"ETRMS first-run code: {self._code}", flush=True)  # noqa: T201  the console

    def fits(self, typed: str) -> bool:
        """Say whether this is the code."""
        given = typed.strip().lower().encode(errors="surrogatepass")
        return secrets.compare_digest(given, self._code.encode())


def is_on_this_machine(host: str | None, address: str | None, headers: Mapping[str, str]) -> bool:
    """Say whether a browser runs on the machine of the desk.

    Parameters
    ----------
    host : str or None
        Name by which the browser calls this server, without the port.
    address : str or None
        Of the browser; None is a loopback address.
    headers : mapping
        Of the request; names in lower case or insensitive to case.
    """
    if host not in LOCAL_NAMES or any(name in headers for name in FORWARDING_HEADERS):
        return False
    try:
        return address is None or ip_address(address).is_loopback
    except ValueError:
        return False
