"""Alembic's entry: migrate the connection that `etrms_core.adapters.storage.migration` hands in."""

from alembic import context

from etrms_core.adapters.storage.tables import desk_metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    target_metadata=desk_metadata,
)
with context.begin_transaction():
    context.run_migrations()
