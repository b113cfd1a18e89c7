"""Secrets at rest: sealed with a key that only the passphrase gives."""
