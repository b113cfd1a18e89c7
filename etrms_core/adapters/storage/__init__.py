"""Databases: opening, migrating, and what the desk remembers in them."""
