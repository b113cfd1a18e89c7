"""Processes that compute beside the desk."""
