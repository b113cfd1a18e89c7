"""Settings of the risk cycle."""

from math import inf, nan
from typing import Any

import pytest

from etrms_core.domain.policy import DEFAULT_POLICY, RiskPolicy
from etrms_core.errors import ConfigurationError


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd"])
def test_an_unknown_time_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match="time_zone: no time zone is called"):
        RiskPolicy(time_zone=name)


@pytest.mark.parametrize("field", ["stale_after_seconds", "carry_seconds", "equity_jump_fraction"])
@pytest.mark.parametrize("value", [0.0, -1.0, nan, inf])
def test_a_limit_that_is_no_positive_number_names_its_field(field: str, value: float) -> None:
    fields: dict[str, Any] = {field: value}
    with pytest.raises(ConfigurationError, match=f"{field}: is a number above 0") as caught:
        RiskPolicy(**fields)
    assert caught.value.field == field


def test_the_defaults_are_those_of_the_design() -> None:
    assert (DEFAULT_POLICY.stale_after_seconds, DEFAULT_POLICY.carry_seconds) == (10.0, 120.0)
    assert DEFAULT_POLICY.equity_jump_fraction == 0.01
