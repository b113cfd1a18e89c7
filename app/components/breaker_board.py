"""Every breaker with its scopes: figures that move, beside menus that stand still."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import runtime
from app.breaker_draft import open_copy, open_draft
from app.components.breaker_dialogs import (
    DELETE,
    DISABLE,
    DRILL,
    DUPLICATE,
    EDIT,
    ENABLE,
    FIRE,
    MOVE,
    RESET,
    open_dialog,
)
from app.components.markup import Html, classes, tag
from app.components.table import Column, table_markup
from app.presenters.breaker_lines import BreakerLine, can_be_reset, rule_lines
from app.session import display_zone, read_risk_state
from etrms_core.breakers.rules import BreakerRule

COLUMNS: tuple[Column[BreakerLine], ...] = (
    Column("Breaker", lambda line: line.name, is_wide=True),
    Column("State", lambda line: line.state),
    Column("Now", lambda line: line.value, is_number=True),
    Column("Fires at", lambda line: line.limit, is_number=True),
    Column("Headroom", lambda line: line.headroom, is_number=True),
    Column("Cooldown", lambda line: line.cooldown, is_number=True),
    Column("Last trigger", lambda line: line.last, is_number=True),
)
EMPTY = (
    "No circuit breaker is set: nothing acts when a loss grows. Make one with New breaker, or "
    "begin with a preset below."
)


SHOWS_ALL = "show_every_scope"
# The headings stand above the first breaker alone: its menu goes down to its own line.
STYLE = """
@media (min-width: 900px) {
  [class*="st-key-row_"]:has(.et-first) [class*="st-key-menu_"] { margin-top: 2.35rem; }
}
/* On a phone the menu lies in the corner of its card, so that the card has the whole width. */
@media (max-width: 640px) {
  [class*="st-key-row_"] { position: relative; }
  [class*="st-key-row_"] [class*="st-key-menu_"] { position: absolute; top: 0; right: 0.5rem;
    width: auto; z-index: 1; }
  [class*="st-key-row_"] .et-rule table.et-table tbody tr { gap: 0.2rem 0.5rem;
    grid-template-columns: repeat(3, minmax(0, 1fr)); margin-bottom: 0.4rem; }
  [class*="st-key-row_"] .et-rule table.et-table tbody tr:first-child th { padding-right: 5.5rem; }
  [class*="st-key-row_"] .et-rule table.et-table tbody th .et-note { display: block; margin: 0; }
}
"""


class BreakerBoard:
    """Places rows once for the rules that exist, then fills them at every refresh."""

    def __init__(self) -> None:
        self._rules = runtime.desk().breakers.all()
        self._slots: dict[str, DeltaGenerator] = {}

    def place(self) -> None:
        """Draw the places and the menus; call it outside of what refreshes by itself."""
        if not self._rules:
            st.info(EMPTY)
            return
        st.html(f"<style>{STYLE}</style>")
        st.toggle(
            "Show every scope",
            key=SHOWS_ALL,
            help="Otherwise scopes that are armed and far from firing are counted, not listed.",
        )
        with st.container(gap=None):
            for rule in self._rules:
                with st.container(horizontal=True, gap="small", key=f"row_{rule.rule_id}"):
                    with st.container():
                        self._slots[rule.rule_id] = st.empty()
                    self._menu(rule)

    def show(self) -> None:
        """Fill the places from one reading; call it within a section that refreshes."""
        state, zone = read_risk_state(), display_zone()
        shows_all = bool(st.session_state.get(SHOWS_ALL))
        rules = {rule.rule_id: rule for rule in runtime.desk().breakers.all()}
        for number, (rule_id, slot) in enumerate(self._slots.items()):
            if rule_id in rules:
                lines = rule_lines(rules[rule_id], state, zone=zone, shows_all=shows_all)
                markup = board_markup(lines, caption=rules[rule_id].name, is_first=number == 0)
                slot.markdown(markup, unsafe_allow_html=True)
        if tuple(rules.values()) != self._rules:
            st.warning("The breakers were changed elsewhere.", icon=":material/sync:")
            if st.button("Show them as they are now", key="show_breakers"):
                st.rerun()

    def _menu(self, rule: BreakerRule) -> None:
        chosen = st.menu_button(
            "Actions",
            actions_of(rule),
            key=f"menu_{rule.rule_id}",
            type="tertiary",
        )
        match chosen:
            case None:
                return
            case "Edit":
                open_draft(rule, base=rule)
                st.rerun()
            case "Duplicate":
                open_copy(rule, frozenset(each.name for each in self._rules))
                st.rerun()
            case _:
                open_dialog(chosen, rule)


def actions_of(rule: BreakerRule) -> tuple[str, ...]:
    """Return what can be done with a rule now."""
    switch = DISABLE if rule.enabled else ENABLE
    reset = (RESET,) if can_be_reset(rule, read_risk_state()) else ()
    return (EDIT, DUPLICATE, switch, *reset, MOVE, DRILL, FIRE, DELETE)


def board_markup(lines: tuple[BreakerLine, ...], *, caption: str, is_first: bool) -> Html:
    """Draw one rule; only the first one shows the headings of the columns."""
    table = table_markup(COLUMNS, lines, caption=caption)
    return tag("div", table, css=classes("et-rule", "et-first" if is_first else ""))
