"""A threshold must divide what its metric can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.breakers.rule_document import parse_rule, parse_rules_json, parse_rules_toml
from etrms_core.breakers.thresholds import NEVER_NEGATIVE, amount_words, threshold_flaw
from etrms_core.errors import ConfigurationError
from etrms_core.risk.metrics import CATALOGUE, Metric, Unit


@pytest.mark.parametrize("metric", sorted(NEVER_NEGATIVE))
def test_what_is_never_negative_always_reaches_0_and_what_lies_below(metric: Metric) -> None:
    for comparison, threshold in ((">=", 0.0), (">=", -0.05), (">", -0.05)):
        flaw = threshold_flaw(metric, comparison, threshold)
        assert flaw is not None
        assert "always holds: the breaker would fire at once" in flaw
    for comparison, threshold in (("<", 0.0), ("<", -0.05), ("<=", -0.05)):
        assert "can never fire" in (threshold_flaw(metric, comparison, threshold) or "")


@pytest.mark.parametrize("metric", sorted(NEVER_NEGATIVE))
def test_more_than_nothing_and_nothing_at_all_are_conditions(metric: Metric) -> None:
    assert threshold_flaw(metric, ">", 0.0) is None
    assert threshold_flaw(metric, "<=", 0.0) is None


@pytest.mark.parametrize("metric", sorted(set(Metric) - NEVER_NEGATIVE))
@pytest.mark.parametrize("comparison", [">", ">=", "<", "<="])
def test_what_may_be_negative_takes_a_negative_threshold(metric: Metric, comparison: str) -> None:
    assert threshold_flaw(metric, comparison, -0.05) is None


def test_what_has_a_largest_value_always_lies_below_more_than_that() -> None:
    assert threshold_flaw(Metric.DAILY_LOSS, "<=", 1.0) == (
        'daily loss never exceeds 100%, so "at most 100%" always holds: the breaker would fire at '
        "once and never be armed again"
    )
    assert "always holds" in (threshold_flaw(Metric.CONCENTRATION, "<", 1.01) or "")
    assert "never fire" in (threshold_flaw(Metric.CONCENTRATION, ">", 1.0) or "")
    assert threshold_flaw(Metric.CONCENTRATION, "<", 1.0) is None
    assert threshold_flaw(Metric.MARGIN_RATIO, "<", 5.0) is None


@given(st.sampled_from(Metric), st.sampled_from([">", ">=", "<", "<="]), st.floats(0.001, 0.999))
def test_a_threshold_between_the_ends_has_no_flaw(
    metric: Metric, comparison: str, threshold: float
) -> None:
    assert threshold < CATALOGUE[metric].largest
    assert threshold_flaw(metric, comparison, threshold) is None


@pytest.mark.parametrize(
    ("unit", "amount", "words"),
    [
        (Unit.FRACTION, -0.05, "-5%"),
        (Unit.FRACTION, 0.07, "7%"),
        (Unit.MONEY, 1e-7, "0.0000001 USD"),
        (Unit.MULTIPLE, 2.5, "2.5x"),
        (Unit.SECONDS, -30.0, "-30 s"),
        (Unit.SECONDS, 31_622_400.0, "366 days"),
        (Unit.COUNT, 3.0, "3"),
    ],
)
def test_an_amount_is_written_with_its_unit(unit: Unit, amount: float, words: str) -> None:
    assert amount_words(amount, unit) == words


def test_every_way_in_refuses_a_threshold_that_always_holds() -> None:
    document = {
        "name": "x",
        "metric": "drawdown",
        "threshold": -0.05,
        "actions": [{"kind": "close_all"}],
    }
    toml = (
        '[[breakers]]\nname = "x"\nmetric = "drawdown"\nthreshold = -0.05\n'
        'actions = [{ kind = "close_all" }]\n'
    )
    json = (
        '{"name": "x", "metric": "drawdown", "threshold": -0.05, '
        '"actions": [{"kind": "close_all"}]}'
    )
    for read in (
        lambda: parse_rule(document),
        lambda: parse_rules_toml(toml),
        lambda: parse_rules_json(json),
    ):
        with pytest.raises(ConfigurationError, match=r"threshold: .+ always holds"):
            read()
