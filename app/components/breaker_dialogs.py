"""What can be done with one breaker, each in a dialog that says what will happen."""

from collections.abc import Callable

import streamlit as st

from app import runtime
from app.components.breaker_editor import review_edit
from app.components.confirm_change import confirm_change, open_change
from app.components.drill_view import begin_fire, drill_view, fire_view
from app.components.literal_text import literally
from app.components.rule_preview import drilled
from app.page_frame import error_boundary
from app.presenters.rule_outlook import would_act_now
from etrms_core.breakers.rules import BreakerRule
from etrms_core.engine.changes import ResetBreaker, removing, reordering, switching
from etrms_core.errors import ConfigurationError

EDIT, DUPLICATE, MOVE = "Edit", "Duplicate", "Change its place"
ENABLE, DISABLE, DELETE = "Enable", "Disable", "Delete"
RESET, DRILL, FIRE = "Reset", "Drill", "Test-fire on paper"
FIRST = "first of all"


def open_dialog(choice: str, rule: BreakerRule) -> None:
    """Open the dialog of a choice; each opening may ask once."""
    open_change()
    begin_fire()
    DIALOGS[choice](rule)


def enable(rule: BreakerRule) -> None:
    """Say what the rule would do right away, and switch it on."""
    st.markdown(f"**{literally(rule.name)}** watches again, with the state that it had.")
    change = switching(runtime.desk().breakers.all(), rule.rule_id, enabled=True)
    (_, wanted), *_ = change.edits
    report = None if wanted is None else drilled(wanted)[0]
    review_edit(change, () if report is None else would_act_now(report), label=ENABLE)


def disable(rule: BreakerRule) -> None:
    """Say that it stops watching, and switch it off."""
    st.markdown(
        f"**{literally(rule.name)}** stops watching. Its settings and its state are kept; pauses "
        "that it has set go on until their time."
    )
    change = switching(runtime.desk().breakers.all(), rule.rule_id, enabled=False)
    review_edit(change, label=DISABLE)


def delete(rule: BreakerRule) -> None:
    """Say what is gone, and delete the rule."""
    st.markdown(
        f"**{literally(rule.name)}** is removed with its state: its peak and its cooldown are "
        "gone. Its history stays. To keep it for later, disable it instead."
    )
    review_edit(removing(runtime.desk().breakers.all(), rule.rule_id), label=DELETE)


def reset(rule: BreakerRule) -> None:
    """Say what is let go, and reset the rule."""
    st.markdown(
        f"**{literally(rule.name)}** leaves its latch at the next reading, and the reduce-only "
        "mode that it has set ends. It is armed again, or waits for its reset threshold. Pauses "
        "end at their own time."
    )
    confirm_change(ResetBreaker(rule.rule_id), label=RESET)


def move(rule: BreakerRule) -> None:
    """Ask behind which breaker it is evaluated."""
    rules = runtime.desk().breakers.all()
    others = [each for each in rules if each.rule_id != rule.rule_id]
    places = [FIRST, *(f"after {each.name}" for each in others)]
    present = next(i for i, each in enumerate(rules) if each.rule_id == rule.rule_id)
    st.markdown(
        "Breakers are evaluated in their order on one reading. What several of them want for one "
        "position is merged, and the strictest wins."
    )
    place = st.selectbox(
        "It is evaluated",
        range(len(places)),
        index=present,
        format_func=lambda number: places[number],
        key="breaker_place",
    )
    order = [each.rule_id for each in others]
    order.insert(place, rule.rule_id)
    confirm_change(reordering(rules, order), label="Save the order")


def guarded(draw: Callable[[BreakerRule], None], rule: BreakerRule) -> None:
    """Draw a dialog of a breaker; say so if it was deleted elsewhere."""
    with error_boundary("This"):
        try:
            runtime.desk().breakers.get(rule.rule_id)
            draw(rule)
        except ConfigurationError:
            st.error(
                f"{literally(rule.name)} was deleted elsewhere. Nothing is changed.",
                icon=":material/error:",
            )


@st.dialog("Enable a breaker", width="medium")
def enable_dialog(rule: BreakerRule) -> None:
    """Enable in a dialog."""
    guarded(enable, rule)


@st.dialog("Disable a breaker", width="medium")
def disable_dialog(rule: BreakerRule) -> None:
    """Disable in a dialog."""
    guarded(disable, rule)


@st.dialog("Delete a breaker", width="medium")
def delete_dialog(rule: BreakerRule) -> None:
    """Delete in a dialog."""
    guarded(delete, rule)


@st.dialog("Reset a breaker", width="medium")
def reset_dialog(rule: BreakerRule) -> None:
    """Reset in a dialog."""
    guarded(reset, rule)


@st.dialog("Change the place of a breaker", width="medium")
def move_dialog(rule: BreakerRule) -> None:
    """Reorder in a dialog."""
    guarded(move, rule)


@st.dialog("Drill: what it would do now", width="large")
def drill_dialog(rule: BreakerRule) -> None:
    """Drill in a dialog."""
    guarded(drill_view, rule)


@st.dialog("Test-fire on paper", width="large")
def fire_dialog(rule: BreakerRule) -> None:
    """Fire by hand in a dialog."""
    guarded(fire_view, rule)


DIALOGS: dict[str, Callable[[BreakerRule], None]] = {
    ENABLE: enable_dialog,
    DISABLE: disable_dialog,
    DELETE: delete_dialog,
    RESET: reset_dialog,
    MOVE: move_dialog,
    DRILL: drill_dialog,
    FIRE: fire_dialog,
}
