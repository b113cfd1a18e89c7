"""Times as whole microseconds."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from etrms_core.adapters.storage.moments import from_us, to_us

INDIA = timezone(timedelta(hours=5, minutes=30))


@given(
    st.datetimes(
        datetime(1900, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
        datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, INDIA]),
    )
)
def test_a_time_comes_back_to_the_microsecond(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment


def test_the_number_counts_from_1970() -> None:
    assert to_us(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
    assert to_us(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000
    assert from_us(0).tzinfo is UTC
