"""The outside world: venues, databases, files."""
