"""Alembic's entry: migrate the connection that `etrms_core.adapters.storage.migration` hands in."""

from alembic import context

from etrms_core.adapters.exchanges.paper.sql_tables import paper_metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table=attributes["version_table"],
    target_metadata=paper_metadata,
)
with context.begin_transaction():
    context.run_migrations()
