"""How market time follows the desk's clock."""

import pytest

from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.errors import ConfigurationError
from tests.adapters.exchanges.paper.accounts import HOUR, MINUTE, START


def test_market_time_runs_at_its_speed_from_its_origin() -> None:
    pace = MarketPace(START, START - 5 * HOUR, 60.0)
    assert pace.market_time(START + MINUTE) == START - 4 * HOUR
    assert pace.desk_time(START - 4 * HOUR) == START + MINUTE


def test_another_speed_goes_on_without_a_jump() -> None:
    pace = MarketPace(START, START, 60.0)
    changed = pace.with_speed(1.0, now=START + MINUTE)
    assert changed.market_time(START + MINUTE) == START + HOUR
    assert changed.market_time(START + 2 * MINUTE) == START + HOUR + MINUTE


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_is_above_zero(speed: float) -> None:
    with pytest.raises(ConfigurationError, match=r"paper\.speed"):
        MarketPace(START, START, speed)
