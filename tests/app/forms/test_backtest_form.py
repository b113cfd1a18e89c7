"""The form of a backtest: what it returns, and what it refuses."""

from copy import deepcopy
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.forms.backtest_account_fields import FEES
from app.forms.backtest_breaker_fields import LIVE, PASTED, PRESET
from app.forms.backtest_data_fields import STORED
from app.forms.backtest_field_errors import told
from app.forms.backtest_form import check_bundle
from app.forms.backtest_number_fields import DIGITS
from app.forms.backtest_strategy_fields import STOPS
from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.errors import ConfigurationError

HOSTILE = "<img src=x onerror=alert(1)> **b** =1+1"
GOOD: dict[str, Any] = {
    "kind": "standard",
    "seed": 7,
    "data": {"venue": "sample", "symbols": ["BTCUSDT"], "timeframe": "1h"},
    "account": {"initial_capital": 10_000.0},
    "strategy": {"name": "sma_cross", "params": {"fast": 10, "slow": 50}},
    "breakers": [],
}


def form() -> None:
    from pathlib import Path  # noqa: PLC0415  AppTest takes the source of the function

    import streamlit as st  # noqa: PLC0415

    from app.forms.backtest_form import Surroundings, backtest_form  # noqa: PLC0415
    from app.presenters.backtest_choices import strategy_choices  # noqa: PLC0415
    from etrms_core.backtest.ports import SeriesName  # noqa: PLC0415
    from etrms_core.breakers.presets import preset  # noqa: PLC0415

    stored = [SeriesName("venue", symbol, "1h") for symbol in ("BTCUSDT", "ETHUSDT")]
    surroundings = Surroundings(
        st.session_state.get("stored", stored),
        strategy_choices(Path("none")),
        preset("balanced"),
    )
    start, error = st.session_state.get("start", {}), st.session_state.get("error")
    st.session_state["bundle"] = backtest_form(start, surroundings, key="0", error=error)


def show(**state: Any) -> AppTest:  # noqa: ANN401  whatever the session holds
    shown = AppTest.from_function(form, default_timeout=60)
    for name, value in state.items():
        shown.session_state[name] = value
    shown.run()
    assert not shown.exception
    return shown


def bundle(shown: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = shown.session_state["bundle"]
    return found


def test_the_defaults_are_a_bundle_that_runs() -> None:
    found = bundle(show(stored=[]))
    check_bundle(found)
    assert found["data"]["venue"] == "sample"
    assert found["breakers"] == []
    assert BacktestConfiguration.from_mapping(found).account.taker_fee == 0.0004


def test_what_a_run_was_made_of_comes_back_to_the_last_digit() -> None:
    start = deepcopy(GOOD)
    start["data"] = {"venue": "venue", "symbols": ["ETHUSDT"], "timeframe": "1h"}
    start["data"] |= {"start": "2025-01-02", "end": "2025-02-01"}
    start["account"] = {
        "initial_capital": 1_234.5,
        "leverage": 3.0,
        "margin_mode": "isolated",
        "taker_fee": 0.00047,
        "slippage_bps": 1.5,
        "fill": "close",
        "bounds": "both",
        "liquidation": False,
        "time_zone": "Asia/Tokyo",
        "volume_share": 0.1,
    }
    start["strategy"] |= {
        "direction": "long_short",
        "size": {"kind": "risk_fraction", "value": 0.015},
        "stop_loss": 0.033,
    }
    start["instruments"] = {"ETHUSDT": {"lot_size": 0.001}}
    found = bundle(show(start=start))
    assert found["data"] == start["data"]
    assert found["account"] | start["account"] == found["account"]
    assert found["strategy"] == start["strategy"]
    assert found["instruments"] == start["instruments"]
    assert DIGITS > 10


def test_an_empty_store_says_how_bars_get_in() -> None:
    shown = show(stored=[])
    shown.radio(key="backtest_source_0").set_value(STORED).run()
    assert "etrms data import" in shown.info[0].value
    with pytest.raises(ConfigurationError, match="choose at least one symbol"):
        check_bundle(bundle(shown))


def test_parameters_follow_the_strategy() -> None:
    shown = show()
    shown.selectbox(key="backtest_strategy_0").set_value("buy_and_hold").run()
    assert bundle(shown)["strategy"]["params"] == {}
    shown.selectbox(key="backtest_strategy_0").set_value("macd").run()
    assert set(bundle(shown)["strategy"]["params"]) == {"fast", "slow", "signal"}
    check_bundle(bundle(shown))


def test_stops_are_typed_in_percent_and_may_be_empty() -> None:
    shown = show()
    assert not set(STOPS) & set(bundle(shown)["strategy"])
    shown.number_input(key="backtest_stop_loss_0").set_value(2.5).run()
    assert bundle(shown)["strategy"]["stop_loss"] == 0.025


def test_breakers_are_live_ones_a_preset_or_pasted() -> None:
    shown = show()
    for source in (LIVE, PRESET):
        shown.radio(key="backtest_breakers_0").set_value(source).run()
        assert bundle(shown)["breakers"]
        check_bundle(bundle(shown))
    shown.radio(key="backtest_breakers_0").set_value(PASTED).run()
    assert bundle(shown)["breakers"] is None
    toml = '[[breakers]]\nname="x"\nmetric="drawdown"\nthreshold=0.1\nactions=[{kind="notify"}]\n'
    shown.text_area(key="backtest_toml_0").set_value(toml).run()
    assert [each["name"] for each in bundle(shown)["breakers"]] == ["x"]
    assert not shown.error
    shown.text_area(key="backtest_toml_0").set_value(
        f'[[breakers]]\nname = "x"\nmetric = "{HOSTILE}"'
    ).run()
    assert not shown.exception
    assert "\\<img" in shown.error[0].value
    with pytest.raises(ConfigurationError):
        check_bundle(bundle(shown))


@pytest.mark.parametrize(
    ("section", "change", "field"),
    [
        ("account", {"initial_capital": 0.0}, "account.initial_capital"),
        ("account", {"initial_capital": None}, "account.initial_capital"),
        ("account", {"leverage": 5_000.0}, "account.leverage"),
        ("account", {"time_zone": HOSTILE}, "account.time_zone"),
        ("strategy", {"name": "nothing"}, None),
        ("strategy", {"params": {"fast": 60, "slow": 50}}, "strategy.params"),
        ("strategy", {"params": {"fast": 10_000_000}}, "strategy.params.fast"),
        ("strategy", {"stop_loss": 1.5}, "strategy.stop_loss"),
        ("strategy", {"size": {"kind": "risk_fraction", "value": 0.1}}, "strategy.size.kind"),
        ("data", {"start": "2025-03-01", "end": "2025-02-01"}, "data.end"),
        ("data", {"symbols": []}, "data.bars"),
    ],
)
def test_what_cannot_run_names_its_field(
    section: str, change: dict[str, Any], field: str | None
) -> None:
    wrong = deepcopy(GOOD)
    wrong[section] |= change
    if field is None:
        # Whether a strategy of the owner's own exists, the worker sees.
        check_bundle(wrong)
        return
    with pytest.raises(ConfigurationError) as refused:
        check_bundle(wrong)
    assert (refused.value.field or "").startswith(field)


@pytest.mark.parametrize(
    "field",
    [
        *(f"account.{name}" for name in FEES),
        "strategy.params.fast",
        "strategy.size.value",
        "breakers.0.threshold",
        "data.bars",
        "seed",
        None,
    ],
)
def test_an_error_is_told_exactly_once(field: str | None) -> None:
    shown = show(error=ConfigurationError(HOSTILE, field=field))
    assert len(shown.error) == 1
    assert shown.error[0].value.count("<") == shown.error[0].value.count("\\<")


def test_an_error_begins_with_the_name_of_its_field() -> None:
    assert told(ConfigurationError("is above 0.", field="account.taker_fee")) == (
        "Taker fee is above 0."
    )
    assert told(ConfigurationError("the queue is full")) == "The queue is full."
