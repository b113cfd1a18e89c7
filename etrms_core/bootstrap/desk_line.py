"""Reaching the desks that run on this machine, without opening one."""

from etrms_core.adapters.desk_socket import call_desks

__all__ = ["call_desks"]
