"""Breakers compiled for a simulation against the live risk cycle on the same numbers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.breakers.rule_document import parse_rule
from etrms_core.breakers.rules import BreakerRule
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import CATALOGUE
from tests.backtest.breaker_paths import Path, Told, plain
from tests.backtest.breaker_rules import ACTIONS, LEVELS, random_rules


def test_every_metric_has_thresholds_here() -> None:
    assert set(LEVELS) == set(CATALOGUE)


def without_cancels(wishes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wishes.items() if not key.startswith("cancel")}


def require_equal(live: Told, compiled: Told) -> None:
    assert compiled.blocked == live.blocked
    for wanted, commanded in zip(compiled.wishes, live.wishes, strict=True):
        # The live cycle spares itself cancelling where no order is open.
        assert {key for key in commanded if key.startswith("cancel")} <= set(wanted)
        assert without_cancels(wanted) == without_cancels(commanded)
    assert [plain(each) for each in compiled.events] == [plain(each) for each in live.events]
    assert [[each.key for each in row if hasattr(each, "key")] for row in compiled.commands] == [
        [each.key for each in row if hasattr(each, "key")] for row in live.commands
    ]


@settings(max_examples=60, deadline=None)
@given(
    rules=random_rules(), seed=st.integers(0, 10**6), zone=st.sampled_from(["UTC", "Europe/Berlin"])
)
def test_any_rules_do_what_the_live_cycle_does(
    rules: tuple[BreakerRule, ...], seed: int, zone: str
) -> None:
    require_equal(*Path(seed, rules, zone=zone).run())


@settings(max_examples=40, deadline=None)
@given(
    rules=random_rules(of_nav=True),
    seed=st.integers(0, 10**6),
    zone=st.sampled_from(["UTC", "Asia/Kolkata"]),
)
def test_rules_on_nav_do_what_the_live_cycle_does_without_looking_at_positions(
    rules: tuple[BreakerRule, ...], seed: int, zone: str
) -> None:
    path = Path(seed, rules, zone=zone)
    assert path.breakers.program.risk is None
    require_equal(*path.run())


def test_a_rule_for_a_symbol_that_is_not_traded_is_refused() -> None:
    rule = parse_rule(
        {
            "name": "guard",
            "metric": "drawdown",
            "threshold": 0.1,
            "scope": {"kind": "symbol", "name": "DOGE"},
            "actions": [{"kind": "close_all"}],
        }
    )
    with pytest.raises(ConfigurationError, match=r"breakers\.0\.scope\.name"):
        Path(1, [rule])


def test_a_path_makes_breakers_act_often_enough_to_tell_something() -> None:
    rule = parse_rule(
        {
            "name": "guard",
            "metric": "drawdown",
            "threshold": 0.005,
            "drawdown_peak": "since_rearm",
            "actions": list(ACTIONS),
        }
    )
    live, _ = Path(5, [rule]).run()
    assert len(live.events) > 10
    assert np.any(live.blocked)
