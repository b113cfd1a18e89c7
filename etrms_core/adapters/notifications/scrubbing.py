"""Taking an address out of what others say about it."""

import re
from urllib.parse import quote, unquote

from etrms_core.domain.secret import Secret

LONGEST = 200
SHORTEST_PART = 4
HIDDEN = "***"
_SEPARATORS = re.compile(r"[/?&=:@#,;+\s]+")


def scrubbed(text: str, address: Secret) -> str:
    """Return one short line without the address and without any longer part of it."""
    line = " ".join(text.split())
    for part in _parts(address.reveal()):
        line = re.sub(re.escape(part), HIDDEN, line, flags=re.IGNORECASE)
    return line[:LONGEST]


def _parts(url: str) -> list[str]:
    bodies = {url, unquote(url), url.partition("://")[2]}
    parts = {each for body in bodies for each in [body, *_SEPARATORS.split(body)]}
    spellings = {form for each in parts for form in (each, unquote(each), quote(each, safe=""))}
    # The longest first, so that no end of one is left over.
    return sorted((each for each in spellings if len(each) >= SHORTEST_PART), key=len, reverse=True)
