"""Telling the world outside."""
