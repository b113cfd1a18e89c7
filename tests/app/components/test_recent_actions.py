"""A person's last actions as a table."""

from zoneinfo import ZoneInfo

from app.components.recent_actions import NOTHING, action_table
from app.presenters.action_text import action_rows
from etrms_core.domain.intents import IntentState
from tests.builders import NOW
from tests.engine.intents import make_intent


def test_without_actions_it_says_what_will_stand_there() -> None:
    assert NOTHING in action_table((), zone_name="UTC")


def test_an_action_has_its_time_outcome_and_escaped_detail() -> None:
    intent = make_intent(state=IntentState.SENT, detail="<script>")
    rows = action_rows((intent,), fills={}, quote_assets={}, zone=ZoneInfo("UTC"), now=NOW)
    drawn = action_table(rows, zone_name="UTC")
    for words in (
        "Time (UTC)",
        "12:00:00",
        "Unknown",
        "the desk goes on looking",
        "&lt;script&gt;",
        "Realised P&amp;L",
        "nobody knows yet whether it was filled",
    ):
        assert words in drawn
