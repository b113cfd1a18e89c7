"""What a desk is made of."""

from datetime import timedelta

from etrms_core.engine.audit_ports import DEFAULT_RETENTION
from etrms_core.engine.settlement import DEFAULT_PATIENCE
from tests.services.acting import make_parts


def test_a_desk_waits_an_hour_before_it_resumes_over_a_latched_breaker() -> None:
    parts = make_parts({})
    assert parts.resume_delay == timedelta(hours=1)
    assert (parts.retention, parts.patience) == (DEFAULT_RETENTION, DEFAULT_PATIENCE)
