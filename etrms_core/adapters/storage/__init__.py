"""Databases behind the store ports."""
