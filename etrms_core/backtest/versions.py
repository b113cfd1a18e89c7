"""Versions of what computes a run, since another one may round another way."""

import platform
from importlib import metadata

VERSIONED = ("etrms", "numpy", "numba", "pandas")


def installed_versions(*more: str) -> dict[str, str]:
    """Name the versions of Python, of the libraries of every run, and of `more`."""
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in (*VERSIONED, *more)},
    }
