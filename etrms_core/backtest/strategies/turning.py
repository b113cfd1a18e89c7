"""Codes of signals that mean one side and the end of the other."""

from etrms_core.backtest.signals import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT

GO_LONG = ENTER_LONG | EXIT_SHORT
GO_SHORT = ENTER_SHORT | EXIT_LONG
