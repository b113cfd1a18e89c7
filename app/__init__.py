"""Delivery: the web application, the HTTP API and the command line."""
