"""Venues behind `ExchangePort`."""
