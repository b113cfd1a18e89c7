"""The page Circuit breakers, over desks in every state, without a browser."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.breaker_draft import DRAFT, BreakerDraft
from app.components.breaker_board import actions_of
from app.components.breaker_dialogs import DELETE, DIALOGS, DISABLE, ENABLE, RESET
from app.components.breaker_editor import scope_choices
from etrms_core.breakers.rules import ActionKind, BreakerAction, BreakerRule
from etrms_core.domain.account import AccountState
from etrms_core.domain.policy import RiskPolicy
from etrms_core.errors import StorageError
from etrms_core.risk.metrics import Metric
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from tests.app.desks import busy_account, empty_account, make_desk, wait_for_status
from tests.app.readings import make_rule

PAGE = Path(__file__).parents[2] / "pages" / "circuit_breakers.py"
CLOSE = BreakerAction(ActionKind.CLOSE_ALL)
HOSTILE = "<img src=x onerror=alert(1)> **b** =1+1 [a](http://x)"


@pytest.fixture
def run_desk() -> Iterator[Callable[[Desk], Desk]]:
    started: list[Desk] = []

    def start(desk: Desk) -> Desk:
        started.append(desk)
        runtime.set_desk(desk)
        desk.start()
        wait_for_status(desk, HealthStatus.OK, HealthStatus.DEGRADED)
        return desk

    yield start
    runtime.set_desk(None)
    for desk in started:
        desk.close()


def show(draft: BreakerDraft | None = None) -> AppTest:
    shown = AppTest.from_file(str(PAGE), default_timeout=60)
    if draft is not None:
        shown.session_state[DRAFT] = draft
    shown.run()
    assert not shown.exception
    return shown


def text(shown: AppTest) -> str:
    return " ".join(each.value for each in shown.markdown)


def editing(rule: BreakerRule, **changes: Any) -> BreakerDraft:  # noqa: ANN401  any field
    return BreakerDraft(start=replace(rule, **changes), base=rule, key="k")


def save(shown: AppTest) -> AppTest:
    return shown.button(key="save_breaker").click().run()


def test_a_busy_desk_shows_every_breaker_with_its_scopes(
    run_desk: Callable[[Desk], Desk],
) -> None:
    run_desk(make_desk(busy_account))
    shown = show()
    assert not shown.error
    drawn = text(shown)
    for words in ("drawdown: close", "ETHUSDT, closest of 2", "points left", "never"):
        assert words in drawn, words


def test_calm_scopes_are_listed_only_when_they_are_asked_for(
    run_desk: Callable[[Desk], Desk],
) -> None:
    run_desk(make_desk(busy_account))
    shown = show()
    branch = "\N{BOX DRAWINGS LIGHT UP AND RIGHT} "
    before = text(shown).count(branch)
    shown.toggle(key="show_every_scope").set_value(True).run()
    assert not shown.exception
    assert text(shown).count(branch) > before


def test_a_desk_without_breakers_says_what_comes_next(run_desk: Callable[[Desk], Desk]) -> None:
    run_desk(make_desk(empty_account, rules=()))
    shown = show()
    assert "nothing acts when a loss grows" in shown.info[0].value


def test_before_the_first_cycle_everything_is_unknown_and_a_form_still_opens() -> None:
    runtime.set_desk(make_desk())
    shown = show(BreakerDraft(start=make_rule("fresh"), base=None, key="k"))
    runtime.set_desk(None)
    drawn = text(shown)
    assert "the monitor has not finished its first cycle" in drawn
    assert "No reading yet" in drawn
    assert ">0.00 USD" not in drawn


def test_a_failing_store_is_a_sentence_with_a_reference(run_desk: Callable[[Desk], Desk]) -> None:
    desk = run_desk(make_desk())

    def fail() -> tuple[BreakerRule, ...]:
        raise StorageError("the database is locked")

    desk.breakers.all = fail  # type: ignore[method-assign]
    shown = show()
    assert "The breakers cannot be shown: the database is locked." in shown.error[0].value


def test_a_new_breaker_is_made_and_told(run_desk: Callable[[Desk], Desk]) -> None:
    desk = run_desk(make_desk(rules=()))
    shown = show()
    shown.button(key="new_breaker").click().run()
    name = next(each for each in shown.text_input if each.label == "Name")
    threshold = next(each for each in shown.text_input if each.label.startswith("Threshold"))
    name.input("Evening loss")
    threshold.input("12 %").run()
    drawn = text(shown)
    assert "When the drawdown of the whole portfolio is at least 12%, it fires." in drawn
    assert "Would not fire." in drawn
    save(shown)
    (rule,) = desk.breakers.all()
    assert (rule.rule_id, rule.threshold) == ("evening-loss", 0.12)
    assert "In effect now: added Evening loss" in shown.success[0].value
    assert DRAFT not in shown.session_state


def test_a_name_that_exists_is_refused_and_nothing_is_lost(
    run_desk: Callable[[Desk], Desk],
) -> None:
    desk = run_desk(make_desk(rules=(make_rule("guard"),)))
    shown = save(show(BreakerDraft(start=make_rule("guard", threshold=0.2), base=None, key="k")))
    assert "exists already" in shown.error[0].value
    assert desk.breakers.get("guard").threshold == 0.1
    assert DRAFT in shown.session_state


def test_tightening_is_saved_at_once(run_desk: Callable[[Desk], Desk]) -> None:
    rule = make_rule("guard")
    desk = run_desk(make_desk(rules=(rule,)))
    save(show(editing(rule, threshold=0.05)))
    assert desk.breakers.get("guard").threshold == 0.05


def test_loosening_is_not_saved_without_the_password(run_desk: Callable[[Desk], Desk]) -> None:
    rule = make_rule("guard")
    desk = run_desk(make_desk(rules=(rule,)))
    shown = save(show(editing(rule, threshold=0.2)))
    assert desk.breakers.get("guard") == rule
    drawn = text(shown)
    assert "What becomes looser" in drawn
    assert "threshold from 10% to 20%" in drawn
    assert "needs your password" in drawn
    assert any(each.label == "Password" for each in shown.text_input)


def test_what_would_act_at_once_is_shown_before_it_is_saved(
    run_desk: Callable[[Desk], Desk],
) -> None:
    desk = run_desk(make_desk(busy_account, rules=()))
    rule = make_rule("flat", metric=Metric.GROSS_EXPOSURE, threshold=1.0, actions=(CLOSE,))
    shown = save(show(BreakerDraft(start=rule, base=None, key="k")))
    assert desk.breakers.all() == ()
    assert "right after it is saved it would" in shown.warning[0].value
    assert "sell 0\\.1 BTCUSDT" in text(shown)


def test_a_breaker_deleted_elsewhere_is_told_and_what_was_typed_can_be_made_anew(
    run_desk: Callable[[Desk], Desk],
) -> None:
    rule = make_rule("guard")
    desk = run_desk(make_desk(rules=(rule,)))
    shown = show(editing(rule, threshold=0.05))
    desk.breakers.remove("guard")
    save(shown)
    assert "was deleted elsewhere" in shown.error[0].value
    assert desk.breakers.all() == ()
    save(shown)
    assert desk.breakers.get("guard").threshold == 0.05


def test_a_breaker_changed_elsewhere_is_not_overwritten_unseen(
    run_desk: Callable[[Desk], Desk],
) -> None:
    rule = make_rule("guard", cooldown_seconds=60.0)
    desk = run_desk(make_desk(rules=(rule,)))
    shown = show(editing(rule, threshold=0.05))
    other = replace(rule, cooldown_seconds=30.0)
    desk.breakers.remove("guard")
    desk.breakers.add([other])
    save(shown)
    told = shown.warning[0].value.replace("\\", "")
    assert "was changed elsewhere" in told
    assert "cooldown from 1 min to 30 s" in told
    assert desk.breakers.get("guard") == other


def test_the_board_notices_that_breakers_were_changed_elsewhere(
    run_desk: Callable[[Desk], Desk],
) -> None:
    desk = run_desk(make_desk(rules=(make_rule("guard"), make_rule("other"))))
    shown = show(editing(make_rule("guard")))
    desk.breakers.remove("other")
    shown.button(key="discard_breaker").click().run()
    assert "other" not in text(shown)


def test_hostile_names_are_shown_as_text(run_desk: Callable[[Desk], Desk]) -> None:
    rule = replace(make_rule("evil"), name=HOSTILE)
    run_desk(make_desk(rules=(rule,)))
    shown = show(editing(rule))
    assert "<img" not in text(shown).replace("&lt;img", "")
    assert "&lt;img src=x" in text(shown)


def test_a_late_monitor_leaves_old_figures_and_the_page_works(
    run_desk: Callable[[Desk], Desk],
) -> None:
    policy = RiskPolicy(stale_after_seconds=0.2)
    run_desk(make_desk(policy=policy, interval_seconds=60.0))
    sleep(0.3)
    assert "drawdown: close" in text(show())


def test_a_venue_that_never_answered_is_unknown(run_desk: Callable[[Desk], Desk]) -> None:
    def silent(_now: object) -> AccountState | None:
        return None

    run_desk(make_desk(silent))
    drawn = text(show())
    assert "main was never read" in drawn
    assert ">0.00 USD" not in drawn


def test_the_menu_offers_what_can_be_done(run_desk: Callable[[Desk], Desk]) -> None:
    latched = make_rule("latched", metric=Metric.GROSS_EXPOSURE, threshold=1.0, latched=True)
    off = make_rule("off", enabled=False)
    desk = run_desk(make_desk(busy_account, rules=(latched, off)))
    desk.refresh()
    assert RESET in actions_of(latched)
    assert DISABLE in actions_of(latched)
    assert ENABLE in actions_of(off)
    assert RESET not in actions_of(off)
    assert {DELETE, ENABLE, DISABLE, RESET} <= set(DIALOGS)
    assert set(actions_of(latched)) - set(DIALOGS) == {"Edit", "Duplicate"}


def test_scopes_are_offered_as_they_exist_on_the_desk(run_desk: Callable[[Desk], Desk]) -> None:
    run_desk(make_desk(busy_account))
    choices = scope_choices()
    assert choices.exchanges == ("paper",)
    assert choices.symbols == ("BTCUSDT", "ETHUSDT")
    assert choices.strategies == ("manual",)
