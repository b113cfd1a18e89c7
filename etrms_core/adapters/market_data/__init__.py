"""Bars and funding rates in files."""
