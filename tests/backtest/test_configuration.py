"""The run bundle: every key of the public interface, nothing else, and back again."""

import tomllib
from math import inf, nan
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.configuration_document import RunKind
from etrms_core.backtest.terms import Bounds, Direction, FillTime, SizeKind
from etrms_core.domain.account import MarginMode
from etrms_core.errors import ConfigurationError
from tests.backtest.bundles import FULL, changed

read = BacktestConfiguration.from_mapping


def test_the_bundle_of_the_public_interface_is_read_whole() -> None:
    configuration = read(FULL)
    assert (configuration.kind, configuration.seed) == (RunKind.STANDARD, 7)
    assert configuration.strategy == "sma_cross"
    assert configuration.params == {"fast": 10, "slow": 50}
    assert configuration.trading.stop_loss == 0.05
    assert configuration.trading.size.kind is SizeKind.EQUITY_FRACTION
    assert configuration.account.fill is FillTime.NEXT_OPEN
    assert [rule.name for rule in configuration.rules] == ["drawdown 10 %"]
    assert configuration.instruments["BTCUSDT"].tiers.rates == (0.004, 0.005)
    assert configuration.search["space"] == {"fast": [2, 101, 1], "slow": {"choices": [50, 100]}}
    assert configuration.walk_forward["in_sample_bars"] == 4000
    assert configuration.monte_carlo["paths"] == 10000


def test_a_strategy_is_all_that_must_be_said() -> None:
    configuration = read({"strategy": {"name": "buy_and_hold"}})
    assert configuration.account.initial_capital == 10_000.0
    assert configuration.trading.direction is Direction.LONG_ONLY
    assert (configuration.rules, configuration.search) == ((), {})


def test_a_contract_that_the_bundle_does_not_describe_has_one_tier_of_the_account() -> None:
    configuration = read(changed("account.maintenance_margin_rate", 0.02))
    assert configuration.instrument("ETHUSDT").tiers.rates == (0.02,)
    assert configuration.instrument("ETHUSDT").tick_size == 0.0
    assert configuration.instrument("BTCUSDT").tick_size == 0.1


def test_a_contract_without_tiers_takes_the_rate_of_the_account() -> None:
    bundle = changed("instruments", {"ETHUSDT": {"lot_size": 0.01}})
    bundle["account"]["maintenance_margin_rate"] = 0.03
    configuration = read(bundle)
    assert configuration.instrument("ETHUSDT").tiers.rates == (0.03,)
    assert "maintenance_tiers" not in configuration.document()["instruments"]["ETHUSDT"]
    assert read(configuration.document()) == configuration


BAD = [
    ("account.leverge", 2, "account.leverge: unknown key, did you mean leverage?"),
    ("account.nonsense", 2, "account.nonsense: unknown key, there are initial_capital,"),
    ("acount", {}, "acount: unknown key, did you mean account?"),
    (
        "instruments.BTCUSDT.tik_size",
        1,
        "BTCUSDT.tik_size: unknown key, did you mean tick_size?",
    ),
    ("instruments.BTCUSDT.maintenance_tiers.0.rat", 1, "did you mean rate?"),
    ("strategy.size.kindd", "x", "strategy.size.kindd: unknown key, did you mean kind?"),
    ("strategy.stoploss", 0.1, "strategy.stoploss: unknown key, did you mean stop_loss?"),
    ("search.sampelr", "grid", "search.sampelr: unknown key, did you mean sampler?"),
    ("walk_forward.modes", "x", "did you mean mode?"),
    ("monte_carlo.path", 3, "did you mean paths?"),
    ("breakers.0.treshold", 3, "breakers.0.treshold: is no field of a breaker"),
    ("breakers.0.threshold", nan, "breakers.0.threshold: "),
    ("breakers.0.metric", "sharpness", "breakers.0.metric: no metric is called 'sharpness'"),
    ("breakers", {"name": "x"}, "breakers: must be a list"),
    ("kind", "magic", "kind: must be 'standard', 'optimization'"),
    ("seed", -1, "seed: must be at least 0"),
    ("seed", 1.5, "seed: must be a whole number"),
    ("seed", True, "seed: must be a whole number, was True"),
    ("account.initial_capital", 0, "account.initial_capital: is a number above 0, was 0.0"),
    ("account.initial_capital", -5.0, "account.initial_capital: is a number above 0"),
    ("account.initial_capital", nan, "account.initial_capital: must be a number, neither nan"),
    ("account.initial_capital", inf, "account.initial_capital: "),
    ("account.initial_capital", 1e200, "account.initial_capital: must be at most 1e+15"),
    ("account.initial_capital", "10000", "account.initial_capital: must be a number, was '10000'"),
    ("account.initial_capital", True, "account.initial_capital: must be a number, was True"),
    ("account.leverage", 0, "account.leverage: lies above 0"),
    ("account.leverage", 5000, "account.leverage: lies above 0 and up to 1000"),
    ("account.taker_fee", 4, "account.taker_fee: is a fraction from 0 to 0.5"),
    ("account.liquidation", "yes", "account.liquidation: must be true or false"),
    ("account.fill", "tomorrow", "account.fill: must be 'next_open' or 'close'"),
    ("account.time_zone", "Mars/Base", "account.time_zone: is the name of a time zone"),
    ("account", 3, "account: must be a table"),
    ("strategy", None, "strategy: must be a table"),
    ("strategy.name", "", "strategy.name: must not be empty"),
    ("strategy.name", 5, "strategy.name: must be text in quotes"),
    ("strategy.params", [1], "strategy.params: must be a table"),
    ("strategy.params.fast", "ten", "strategy.params.fast: must be a"),
    ("strategy.params.fast", nan, "strategy.params.fast: must be a"),
    ("strategy.params.fast", True, "strategy.params.fast: must be a"),
    ("strategy.stop_loss", 1.5, "strategy.stop_loss: lies between 0 and 1, was 1.5"),
    ("strategy.stop_loss", 0.0, "strategy.stop_loss: lies between 0 and 1"),
    ("strategy.size.value", 0, "strategy.size.value: is a number above 0"),
    ("strategy.size.kind", "all_in", "strategy.size.kind: must be 'equity_fraction'"),
    ("instruments.BTCUSDT.lot_size", -1, "instruments.BTCUSDT: BTCUSDT lot_size is a number >= 0"),
    ("instruments.BTCUSDT.maintenance_tiers", [], "maintenance_tiers: margin tiers need as many"),
    (
        "instruments.BTCUSDT.maintenance_tiers",
        [{"notional_floor": 5, "rate": 0.01}],
        "instruments.BTCUSDT.maintenance_tiers: tier floors start at 0",
    ),
    ("search.trials", 0, "search.trials: must be at least 1"),
    ("search.space", {"fast": "many"}, "search.space.fast"),
    ("walk_forward", {}, "walk_forward.in_sample_bars: must be given"),
    ("monte_carlo.ruin_drawdown", 0, "monte_carlo.ruin_drawdown: must be above 0"),
]


@pytest.mark.parametrize(("place", "value", "told"), BAD, ids=[f"{p}={v}" for p, v, _ in BAD])
def test_what_is_wrong_is_named_with_its_field(place: str, value: object, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(changed(place, value))
    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_bundle_without_a_strategy_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="strategy: must be given"):
        read({"kind": "standard"})


def test_a_risk_fraction_needs_a_stop() -> None:
    bundle = changed("strategy", {"name": "sma_cross", "size": {"kind": "risk_fraction"}})
    with pytest.raises(ConfigurationError, match=r"strategy\.size\.kind: risk_fraction needs a st"):
        read(bundle)


def test_what_a_run_wrote_into_a_bundle_is_left_aside() -> None:
    run = {**FULL, "data_sha256": {"BTCUSDT": "0"}, "versions": {"numpy": "2"}}
    assert read(run) == read(FULL)


fractions = st.floats(0.001, 0.9)
amounts = st.floats(0.01, 1e12)
optional = st.none() | fractions
bundles = st.builds(
    lambda **values: values,
    seed=st.integers(0, 2**63 - 1),
    kind=st.sampled_from(list(RunKind)),
    account=st.fixed_dictionaries(
        {},
        optional={
            "initial_capital": amounts,
            "leverage": st.floats(0.1, 1000.0),
            "margin_mode": st.sampled_from(list(MarginMode)),
            "taker_fee": st.floats(0.0, 0.5),
            "slippage_bps": st.floats(0.0, 5000.0),
            "maintenance_margin_rate": fractions,
            "fill": st.sampled_from(list(FillTime)),
            "liquidation": st.booleans(),
            "bounds": st.sampled_from(list(Bounds)),
            "time_zone": st.sampled_from(["UTC", "Europe/Berlin"]),
            "volume_share": fractions,
        },
    ),
    strategy=st.fixed_dictionaries(
        {"name": st.text(min_size=1)},
        optional={
            "params": st.dictionaries(st.text(), st.integers(-9, 9) | st.floats(-1e9, 1e9)),
            "direction": st.sampled_from(list(Direction)),
            "size": st.fixed_dictionaries(
                {"kind": st.sampled_from([SizeKind.NOTIONAL, SizeKind.QUANTITY]), "value": amounts}
            ),
            "stop_loss": fractions,
            "take_profit": fractions,
            "trailing_stop": fractions,
        },
    ),
    instruments=st.dictionaries(
        st.text(min_size=1),
        st.fixed_dictionaries(
            {},
            optional={
                "tick_size": amounts,
                "lot_size": amounts,
                "maintenance_tiers": st.just(
                    [
                        {"notional_floor": 0, "rate": 0.01},
                        {"notional_floor": 1e5, "rate": 0.02, "amount": 1e3},
                    ]
                ),
            },
        ),
        max_size=3,
    ),
)


@given(bundles)
def test_what_is_written_reads_back_as_the_same(bundle: dict[str, Any]) -> None:
    configuration = read(bundle)
    document = configuration.document()
    assert read(document) == configuration
    assert read(tomllib.loads(tomli_w.dumps(document))) == configuration
    assert read(document).document() == document


def test_the_full_bundle_reads_back_as_the_same() -> None:
    configuration = read(FULL)
    document = tomllib.loads(tomli_w.dumps(configuration.document()))
    assert read(document) == configuration
    assert read({**document, "data": FULL["data"]}) == read(FULL)
