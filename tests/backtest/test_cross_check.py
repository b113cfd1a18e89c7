"""Which runs vectorbt can repeat."""

from typing import Any

import pytest

from etrms_core.backtest.cross_check import reason_against
from tests.run_folders import BREAKER, BUNDLE


def with_part(section: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401  parts of a bundle
    return {**BUNDLE, section: {**BUNDLE.get(section, {}), **values}}


def test_plain_signals_on_one_symbol_can_be_repeated() -> None:
    assert reason_against(BUNDLE) == ""
    assert reason_against({**BUNDLE, "breakers": [{**BREAKER, "enabled": False}]}) == ""
    files = {**BUNDLE, "data": {"files": {"BTCUSDT": "x.csv"}, "funding": True}}
    assert reason_against(files) == ""


@pytest.mark.parametrize(
    ("bundle", "reason"),
    [
        ({**BUNDLE, "breakers": [BREAKER]}, "circuit breakers"),
        (with_part("strategy", stop_loss=0.05), "stops"),
        (with_part("strategy", trailing_stop=0.05), "stops"),
        (with_part("account", leverage=2.0), "leverage"),
        (with_part("account", volume_share=0.1), "whole"),
        (with_part("data", symbols=["A", "B"]), "one symbol"),
        (with_part("data", funding={"A": "x"}), "funding"),
        (with_part("strategy", size={"kind": "risk_fraction", "value": 0.01}), "risk fraction"),
        (with_part("strategy", direction="long_short"), "shorts"),
        ({**BUNDLE, "instruments": {"BTCUSDT": {"lot_size": 0.001}}}, "rounds"),
    ],
)
def test_everything_else_has_a_reason(bundle: dict[str, Any], reason: str) -> None:
    assert reason in reason_against(bundle)
