"""The table of backtests and other long work."""

from sqlalchemy import BigInteger, Column, MetaData, String, Table, Text


def define_jobs(metadata: MetaData) -> Table:
    """Define the table; `place` is the machine that keeps the results, empty beside a file."""
    return Table(
        "jobs",
        metadata,
        Column("job_id", String(64), primary_key=True),
        Column("place", String(200), nullable=False),
        Column("kind", String(40), nullable=False),
        Column("title", Text, nullable=False),
        Column("document", Text, nullable=False),
        Column("state", String(20), nullable=False, index=True),
        Column("submitted_at_us", BigInteger, nullable=False, index=True),
        Column("started_at_us", BigInteger),
        Column("finished_at_us", BigInteger),
        Column("reason", Text, nullable=False),
        Column("deleted_at_us", BigInteger),
    )
