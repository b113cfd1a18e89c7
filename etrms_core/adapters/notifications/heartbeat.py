"""A sign of life to an address outside, which calls somebody when it stops."""

from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from etrms_core.errors import DataError

TIMEOUT_SECONDS = 5.0


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object, **_options: object) -> None:
        return None


class UrlHeartbeat:
    """`HeartbeatSender` by a GET; the address may be a secret and never shows, only its host."""

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._url = url
        self._timeout = timeout_seconds
        self._opener = build_opener(_NoRedirects())

    def __repr__(self) -> str:
        return f"UrlHeartbeat({self.host})"

    @property
    def host(self) -> str:
        """Where the sign goes."""
        return urlsplit(self._url).hostname or "nowhere"

    def send(self) -> None:
        """Send one sign.

        Raises
        ------
        DataError
            If it did not arrive; the message names the host only.
        """
        try:
            with self._opener.open(Request(self._url), timeout=self._timeout):  # noqa: S310 (checked)
                return
        except HTTPError as error:
            error.close()
            raise DataError(f"{self.host} answered {error.code}") from None
        except (URLError, HTTPException, OSError, ValueError) as error:
            reason = getattr(error, "reason", None)
            raise DataError(
                f"{self.host} cannot be reached ({type(reason or error).__name__})"
            ) from None
