"""Rules from the command line."""

import json
from pathlib import Path

import pytest

from app.cli import breaker_commands
from etrms_core.bootstrap import open_desk
from etrms_core.risk.metrics import Metric
from tests.app.cli.conftest import Etrms

RULE = """
[[breakers]]
name = "mine"
metric = "drawdown"
threshold = 0.1
actions = [{ kind = "close_all" }]
"""


@pytest.fixture
def rule_file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(RULE, encoding="utf-8")
    return path


def test_a_new_desk_lists_the_balanced_rules(run_etrms: Etrms) -> None:
    rules = run_etrms("breakers", "list", "--json").document
    assert "drawdown-close" in [rule["id"] for rule in rules]
    assert {rule["state"] for rule in rules} == {"not evaluated yet"}


def test_a_rule_is_added_disabled_enabled_and_removed(run_etrms: Etrms, rule_file: Path) -> None:
    (added,) = run_etrms("breakers", "add", str(rule_file), "--json").document
    assert (added["id"], added["enabled"]) == ("mine", True)
    assert run_etrms("breakers", "disable", "mine", "--json").document[0]["enabled"] is False
    assert run_etrms("breakers", "enable", "mine", "--json").document[0]["enabled"] is True
    assert run_etrms("breakers", "remove", "mine").code == 0
    listed = run_etrms("breakers", "list", "--json").document
    assert "mine" not in [rule["id"] for rule in listed]


@pytest.mark.parametrize("wrapped", [False, True])
def test_what_is_listed_as_json_can_be_added_again(
    run_etrms: Etrms, tmp_path: Path, wrapped: bool
) -> None:
    rule = {
        "name": "mine",
        "metric": "equity",
        "threshold": 5.0,
        "comparison": "<=",
        "actions": [{"kind": "notify"}],
    }
    path = tmp_path / "rules.json"
    path.write_text(json.dumps({"breakers": [rule]} if wrapped else rule), encoding="utf-8")
    (added,) = run_etrms("breakers", "add", str(path), "--json").document
    assert (added["id"], added["threshold"]) == ("mine", 5.0)
    run_etrms("breakers", "remove", "mine")
    path.write_text(json.dumps([added]), encoding="utf-8")
    assert run_etrms("breakers", "add", str(path), "--json").document == [added]
    path.write_text("[1]", encoding="utf-8")
    assert run_etrms("breakers", "add", str(path)).code == 1


def test_a_rule_that_may_never_arm_again_warns(run_etrms: Etrms, rule_file: Path) -> None:
    assert "since_rearm" in run_etrms("breakers", "add", str(rule_file)).err


def test_a_rule_with_a_name_that_exists_is_refused(run_etrms: Etrms, rule_file: Path) -> None:
    run_etrms("breakers", "add", str(rule_file))
    answer = run_etrms("breakers", "add", str(rule_file))
    assert (answer.code, "mine" in answer.err) == (1, True)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (RULE.replace("0.1", "1.5"), "breakers.0.threshold"),
        (RULE.replace("drawdown", "value_at_risk"), "breakers.0.metric"),
        (RULE + "colour = 1\n", "breakers.0.colour"),
        ("[[breakers", "breakers"),
    ],
)
def test_a_bad_rule_changes_nothing_and_names_the_field(
    run_etrms: Etrms, rule_file: Path, text: str, field: str
) -> None:
    before = run_etrms("breakers", "list", "--json").document
    rule_file.write_text(text, encoding="utf-8")
    answer = run_etrms("breakers", "add", str(rule_file))
    assert answer.code == 1
    assert field in answer.err
    assert run_etrms("breakers", "list", "--json").document == before


def test_a_rule_that_does_not_exist_is_named(run_etrms: Etrms) -> None:
    for command in ("enable", "disable", "reset", "trigger", "remove"):
        answer = run_etrms("breakers", command, "nothing")
        assert (answer.code, "nothing" in answer.err) == (1, True)


def test_a_reset_is_carried_out_by_the_next_cycle(
    home: Path, run_etrms: Etrms, rule_file: Path
) -> None:
    latched = RULE.replace('"drawdown"', '"equity"').replace(
        "threshold = 0.1", 'threshold = 1e9\ncomparison = "<="\nlatched = true'
    )
    rule_file.write_text(latched.replace("close_all", "notify"), encoding="utf-8")
    run_etrms("breakers", "add", str(rule_file))
    desk = open_desk(home)
    desk.refresh()
    assert run_etrms("breakers", "reset", "mine").code == 0
    state = desk.refresh()
    shown = {view.rule.rule_id: view.state for view in state.breakers}
    assert shown["mine"] == "waiting_reset"


def test_a_missing_file_is_named(run_etrms: Etrms, tmp_path: Path) -> None:
    answer = run_etrms("breakers", "add", str(tmp_path / "none.toml"))
    assert (answer.code, "none.toml" in answer.err) == (1, True)


@pytest.mark.parametrize("name", ["conservative", "balanced", "prop_firm"])
def test_a_preset_is_printed_as_a_file_that_can_be_added(
    run_etrms: Etrms, tmp_path: Path, name: str
) -> None:
    for rule in run_etrms("breakers", "list", "--json").document:
        run_etrms("breakers", "remove", rule["id"])
    path = tmp_path / "preset.toml"
    path.write_text(run_etrms("breakers", "preset", name).out, encoding="utf-8")
    added = run_etrms("breakers", "add", str(path), "--json").document
    assert added == run_etrms("breakers", "preset", name, "--json").document


def test_an_unknown_preset_names_the_known_ones(run_etrms: Etrms) -> None:
    answer = run_etrms("breakers", "preset", "reckless")
    assert (answer.code, "balanced" in answer.err) == (1, True)


def test_a_trigger_by_hand_is_carried_out_by_the_next_cycle(
    home: Path, run_etrms: Etrms, rule_file: Path
) -> None:
    text = RULE.replace("close_all", "notify") + "cooldown_seconds = 60\n"
    rule_file.write_text(text, encoding="utf-8")
    run_etrms("breakers", "add", str(rule_file))
    desk = open_desk(home)
    desk.refresh()
    answer = run_etrms("breakers", "trigger", "mine")
    assert (answer.code, "asked to trigger mine" in answer.out) == (0, True)
    assert answer.err == ""
    shown = {view.rule.rule_id: view.state for view in desk.refresh().breakers}
    desk.close()
    assert shown["mine"] == "cooling_down"


@pytest.mark.parametrize("command", ["trigger", "reset"])
@pytest.mark.parametrize("has_run", [False, True])
def test_a_wish_that_nobody_acts_on_is_stored_and_said(
    home: Path,
    run_etrms: Etrms,
    rule_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    has_run: bool,
) -> None:
    run_etrms("breakers", "add", str(rule_file))
    if has_run:
        desk = open_desk(home)
        desk.refresh()
        desk.close()
        monkeypatch.setattr(breaker_commands, "STALE_SECONDS", 0.0)
    answer = run_etrms("breakers", command, "mine", "--json")
    assert (answer.code, answer.document[0]["id"]) == (0, "mine")
    assert len(answer.err.splitlines()) == 1
    assert "the wish is stored, but no desk is running" in answer.err
    assert "`etrms run`" in answer.err


@pytest.mark.parametrize(("name", "text"), [("rules.toml", ""), ("rules.json", "[]")])
def test_a_file_without_a_breaker_is_refused(
    run_etrms: Etrms, rule_file: Path, name: str, text: str
) -> None:
    path = rule_file.with_name(name)
    path.write_text(text, encoding="utf-8")
    answer = run_etrms("breakers", "add", str(path))
    assert (answer.code, f"{path}: holds no breaker" in answer.err) == (1, True)
    assert run_etrms("events", "--json").document == []


def test_a_drill_tells_what_would_happen_and_stores_nothing(
    home: Path, run_etrms: Etrms, rule_file: Path
) -> None:
    run_etrms("breakers", "add", str(rule_file))
    assert run_etrms("breakers", "drill", "mine").code == 1
    desk = open_desk(home)
    desk.refresh()
    desk.close()
    events = run_etrms("events", "--json").document
    answer = run_etrms("breakers", "drill", "mine")
    assert "nothing is sent" in answer.out
    assert "portfolio: drawdown is 0.0000%, fires at >= 10.0000%, 10.0000% to go" in answer.out
    document = run_etrms("breakers", "drill", "mine", "--json").document
    assert (document["breaker"]["id"], document["mode"]) == ("mine", "paper")
    assert [each["scope"] for each in document["instances"]] == ["portfolio"]
    assert document["instances"][0]["left_alone"] == ["nothing is open in this scope"]
    assert run_etrms("events", "--json").document == events


def test_every_metric_is_listed_with_its_unit_and_its_meaning(run_etrms: Etrms) -> None:
    listed = run_etrms("breakers", "metrics", "--json").document
    assert {each["metric"] for each in listed} == set(Metric)
    shown = run_etrms("breakers", "metrics").out
    assert "liquidation_distance" in shown
    assert "way from the mark to the liquidation price" in shown


def test_a_file_with_a_threshold_that_always_holds_adds_nothing(
    run_etrms: Etrms, rule_file: Path
) -> None:
    rule_file.write_text(RULE.replace("0.1", "-0.05"), encoding="utf-8")
    result = run_etrms("breakers", "add", str(rule_file))
    assert result.code != 0
    assert "always holds" in result.err
