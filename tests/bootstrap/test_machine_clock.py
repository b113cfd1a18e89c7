"""The machine's clock."""

from datetime import UTC

from etrms_core.bootstrap.machine_clock import utc_now


def test_it_reads_aware_utc_and_moves_on() -> None:
    first = utc_now()
    assert first.tzinfo is UTC
    assert utc_now() >= first
