"""Backtests: data quality, configuration, strategies, simulation and what to make of results."""
