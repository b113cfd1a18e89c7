"""What the browser of a script run tells: its cookies, its address, the page that it asks for.

Where no browser is connected, Streamlit's test runner answers with things that are no text.
"""

from urllib.parse import urlencode, urlsplit

import streamlit as st

from app.first_run_code import FORWARDING_HEADERS, is_on_this_machine


def cookie(name: str) -> str | None:
    """Return a cookie as it was when the connection began."""
    return _text(st.context.cookies.get(name))


def address() -> str | None:
    """Return the address of the browser; None is this machine."""
    return _text(st.context.ip_address)


def is_beside_the_desk() -> bool:
    """Say whether the browser runs on the machine of the desk; no sign of it means no."""
    names = ("host", *FORWARDING_HEADERS)
    headers = {name: text for name in names if (text := _text(st.context.headers.get(name)))}
    try:
        host = urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return False
    return is_on_this_machine(host, address(), headers)


def path() -> str:
    """Return the path and query of the page that is asked for."""
    asked = urlsplit(_text(st.context.url) or "").path or "/"
    pairs = [(key, each) for key in st.query_params for each in st.query_params.get_all(key)]
    return f"{asked}?{urlencode(pairs)}" if pairs else asked


def time_zone() -> str | None:
    """Return the name of the browser's time zone."""
    return _text(st.context.timezone)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
