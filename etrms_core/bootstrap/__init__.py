"""The composition root: the only package that knows ports and adapters."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from etrms_core.bootstrap.desk import open_desk, open_desk_to_act, start_desk

__all__ = ["open_desk", "open_desk_to_act", "start_desk"]


def __getattr__(name: str) -> object:
    """Import the desk when it is asked for: a kill switch must not wait for its libraries."""
    if name in __all__:
        return getattr(import_module("etrms_core.bootstrap.desk"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
