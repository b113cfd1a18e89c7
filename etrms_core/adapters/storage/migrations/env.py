"""Alembic's entry: the program hands over an open connection."""

from alembic import context

from etrms_core.adapters.storage.database import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
