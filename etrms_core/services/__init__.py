"""Use cases and threads over the ports."""
