"""Fresh, stale, unknown: by age and policy."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.sources import age_in_words, read_sources, source_events
from etrms_core.risk.snapshot import DataQuality, SourceReading
from tests.builders import NOW, make_account

POLICY = RiskPolicy(stale_after_seconds=10.0, carry_seconds=120.0)


def reading(age: float | None, policy: RiskPolicy = POLICY) -> SourceReading:
    observed_at = None if age is None else NOW - timedelta(seconds=age)
    account = replace(make_account(), observed_at=observed_at)
    (source,) = read_sources([account], as_of=NOW, policy=policy)
    return source


@pytest.mark.parametrize(
    ("age", "quality"),
    [
        (0.0, DataQuality.FRESH),
        (10.0, DataQuality.FRESH),
        (10.001, DataQuality.STALE),
        (130.0, DataQuality.STALE),
        (130.001, DataQuality.UNKNOWN),
        (None, DataQuality.UNKNOWN),
    ],
)
def test_quality_follows_age(age: float | None, quality: DataQuality) -> None:
    assert reading(age).quality is quality


def test_the_policy_moves_the_limits() -> None:
    patient = RiskPolicy(stale_after_seconds=60.0, carry_seconds=5.0)
    assert reading(59.0, patient).quality is DataQuality.FRESH
    assert reading(64.0, patient).quality is DataQuality.STALE
    assert reading(66.0, patient).quality is DataQuality.UNKNOWN


def test_a_reading_from_the_future_has_no_negative_age() -> None:
    assert reading(-5.0).age_seconds == 0.0


def test_an_account_that_was_never_read_is_infinitely_old() -> None:
    source = reading(None)
    assert source.age_seconds == float("inf")
    assert age_in_words(source) == "main was never read"
    assert age_in_words(reading(12.4)) == "main was last read 12 s ago"


def test_only_a_change_of_quality_is_an_event() -> None:
    stale = reading(11.0)
    assert source_events([reading(1.0)], {}, as_of=NOW) == ()
    (event,) = source_events([stale], {"main": DataQuality.FRESH}, as_of=NOW)
    assert (event.kind.value, event.subject) == ("source_stale", "main")
    assert source_events([stale], {"main": DataQuality.STALE}, as_of=NOW) == ()
    (back,) = source_events([reading(0.0)], {"main": DataQuality.STALE}, as_of=NOW)
    assert back.kind.value == "source_fresh"
    (lost,) = source_events([reading(None)], {}, as_of=NOW)
    assert lost.kind.value == "source_unknown"
