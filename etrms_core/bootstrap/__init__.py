"""The composition root: the only package that knows ports and adapters."""

from etrms_core.bootstrap.desk import open_desk, start_desk

__all__ = ["open_desk", "start_desk"]
