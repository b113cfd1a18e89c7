"""What a set of breakers would become."""

from dataclasses import replace

from app.presenters.cells import Tone
from app.presenters.rule_changes import field_changes, rule_change_rows
from etrms_core.breakers.rules import ActionKind, BreakerAction, BreakerRule, Comparison
from etrms_core.domain.identifiers import Scope, ScopeKind
from tests.app.readings import make_rule


def test_removed_changed_and_new_breakers_are_shown_and_equal_ones_are_not() -> None:
    gone, same, old = make_rule("gone"), make_rule("same"), make_rule("old")
    tighter, new = replace(old, threshold=0.05), make_rule("new")
    rows = rule_change_rows((gone, same, old), (new, same, tighter))
    assert [(row.name.text, row.change.text, row.change.note) for row in rows] == [
        ("gone", "Removed", "loosens"),
        ("new", "New", "tightens"),
        ("old", "Changed", "tightens"),
    ]
    assert rows[1].what.text == "Drawdown is at least 10%"
    assert rows[2].what.text == "threshold from 10% to 5%"


def test_a_change_that_loosens_is_marked_by_word_and_tone() -> None:
    old = make_rule("old")
    (row,) = rule_change_rows((old,), (replace(old, shadow=True),))
    assert (row.change.note, row.change.tone) == ("loosens", Tone.WARNING)
    assert row.what.text == "shadow mode from no to yes"


def test_every_field_that_differs_is_told_in_words() -> None:
    old = make_rule("old")
    new = BreakerRule(
        rule_id="old",
        name="renamed",
        metric=old.metric,
        threshold=0.2,
        actions=(BreakerAction(ActionKind.PAUSE_TRADING, 60.0),),
        scope=Scope(ScopeKind.SYMBOL, "BTCUSDT"),
        comparison=Comparison.ABOVE,
        enabled=False,
        for_seconds=5.0,
        reset_threshold=0.1,
        cooldown_seconds=60.0,
        latched=True,
        act_when_partial=True,
        shadow=True,
    )
    told = field_changes(old, new)
    assert "threshold from 10% to 20%" in told
    assert "actions from notify to pause trading for 1 min" in told
    assert "scope from Portfolio to BTCUSDT" in told
    assert "cooldown from 0 s to 1 min" in told
    assert len(told) == 12
    assert all("_" not in line for line in told)
