"""What a rule would do with the numbers of now."""

from typing import Any
from zoneinfo import ZoneInfo

from app.presenters.cells import Tone
from app.presenters.rule_outlook import drill_lines, outlook, would_act_now
from etrms_core.breakers.rules import ActionKind, BreakerAction, BreakerRule, Comparison
from etrms_core.domain.identifiers import Scope, ScopeKind
from etrms_core.domain.policy import RiskPolicy
from etrms_core.risk.metrics import Metric
from etrms_core.services.drill import DrillReport, drill
from tests.app.readings import make_rule, position_with, run_cycles
from tests.builders import make_account

UTC = ZoneInfo("UTC")
CLOSE = BreakerAction(ActionKind.CLOSE_ALL)
PAUSE = BreakerAction(ActionKind.PAUSE_TRADING, 3_600.0)
EACH_SYMBOL = Scope(ScopeKind.SYMBOL)


def drilled(rule: BreakerRule, *symbols: str) -> DrillReport:
    positions = [position_with(symbol, 1.0) for symbol in symbols]
    state = run_cycles([make_account(*positions)])
    return drill(
        state.memory, state.accounts, (rule,), rule.rule_id, as_of=state.as_of, policy=RiskPolicy()
    )


def gross(threshold: float, **fields: Any) -> BreakerRule:  # noqa: ANN401  any field
    return make_rule(metric=Metric.GROSS_EXPOSURE, threshold=threshold, **fields)


def test_it_says_that_it_would_not_fire_and_how_far_it_is() -> None:
    (line,) = outlook(drilled(gross(150.0), "BTCUSDT"))
    assert line.text == "Would not fire. Portfolio: 100.00 USD now, 50 USD to go."
    assert line.tone is Tone.GOOD


def test_it_says_that_it_would_fire() -> None:
    (line,) = outlook(drilled(gross(60.0), "BTCUSDT"))
    assert line.text == "Would fire at once. Portfolio: 100.00 USD now, beyond 60 USD."
    assert line.tone is Tone.BAD
    (held,) = outlook(drilled(gross(60.0, for_seconds=30.0), "BTCUSDT"))
    assert held.text.startswith("Would fire once it held for long enough.")


def test_what_cannot_be_known_is_no_distance() -> None:
    report = drilled(make_rule(metric=Metric.GROSS_LEVERAGE, threshold=2.0, scope=EACH_SYMBOL))
    assert outlook(report)[0].text.startswith("Nothing to watch right now")
    assert outlook(report)[0].tone is Tone.MUTED


def test_many_scopes_are_told_closest_first_and_the_rest_is_counted() -> None:
    symbols = [f"COIN{number}USDT" for number in range(7)]
    lines = outlook(drilled(gross(150.0, scope=EACH_SYMBOL), *symbols))
    assert len(lines) == 6
    assert lines[-1].text == "2 more are further away."


def test_what_would_happen_right_after_saving_is_told() -> None:
    report = drilled(gross(60.0, actions=(CLOSE, PAUSE)), "BTCUSDT")
    assert would_act_now(report)[0].startswith("sell 1 BTCUSDT")
    assert would_act_now(report)[-1] == "forbid new and larger positions"


def test_nothing_happens_right_after_saving_what_waits_is_off_or_only_tells() -> None:
    for fields in ({"shadow": True}, {"enabled": False}, {"for_seconds": 5.0}):
        assert would_act_now(drilled(gross(60.0, actions=(CLOSE,), **fields), "BTCUSDT")) == ()
    assert would_act_now(drilled(gross(60.0), "BTCUSDT")) == ()
    assert would_act_now(drilled(gross(600.0, actions=(CLOSE,)), "BTCUSDT")) == ()


def test_a_drill_is_told_line_by_line_with_local_times() -> None:
    report = drilled(gross(600.0, actions=(CLOSE, PAUSE)), "BTCUSDT")
    order, pause = drill_lines(report.instances[0], zone=UTC, report=report)
    assert order.startswith("Would sell 1 BTCUSDT")
    assert pause.startswith("Would forbid new and larger positions in Portfolio until ")
    assert pause.endswith(" UTC.")
    quiet = drilled(gross(600.0), "BTCUSDT")
    assert drill_lines(quiet.instances[0], zone=UTC, report=quiet) == ["Would only notify you."]


def test_a_falling_metric_is_told_from_its_own_side() -> None:
    rule = make_rule(metric=Metric.EQUITY, threshold=200.0, comparison=Comparison.AT_MOST)
    assert "to go" in outlook(drilled(rule, "BTCUSDT"))[0].text
