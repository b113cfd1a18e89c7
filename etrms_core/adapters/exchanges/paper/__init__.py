"""The built-in paper exchange."""

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange

__all__ = ["PaperExchange"]
