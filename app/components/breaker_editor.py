"""Making and editing a breaker: the form, its preview, and saving it."""

import streamlit as st

from app import runtime
from app.breaker_draft import (
    BLANK,
    BreakerDraft,
    close_draft,
    close_if_answered,
    draft,
    hand_over,
    open_draft,
    rebase,
)
from app.components.bullet_list import bullets
from app.components.confirm_change import OUTCOME, confirm_change, open_change
from app.components.literal_text import literally
from app.components.rule_change_table import rule_change_table
from app.components.rule_preview import rule_preview
from app.forms.breaker_form import breaker_form
from app.forms.scope_fields import ScopeChoices
from app.page_frame import error_boundary
from app.presenters.rule_changes import field_changes, rule_change_rows
from app.presenters.rule_outlook import would_act_now
from app.session import read_risk_state
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.identifiers import ScopeKind
from etrms_core.engine.changes import EditRules, changed_rules
from etrms_core.errors import ConfigurationError, ExchangeError
from etrms_core.services.commitment import Outcome
from etrms_core.services.drill import DrillReport

NEW, EDIT = "New breaker", "Edit breaker"
SAVE = "Save breaker"


def close_saved_draft() -> None:
    """Close the form whose breaker was asked for; call it before the outcome is told."""
    outcome: Outcome | None = st.session_state.get(OUTCOME)
    if outcome is not None:
        close_if_answered(outcome.sentence)


def new_breaker_button() -> None:
    """Draw the button that opens an empty form."""
    if st.button(NEW, type="primary", icon=":material/add:", key="new_breaker"):
        open_draft(BLANK)
        st.rerun()


def breaker_editor() -> None:
    """Draw the open form with its preview; nothing while none is open."""
    current = draft()
    if current is None:
        return
    with st.container(border=True, key="breaker_editor"):
        st.subheader(NEW if current.base is None else EDIT, anchor=False)
        rule_id = None if current.base is None else current.base.rule_id
        choices = scope_choices()
        rule = breaker_form(current.start, rule_id=rule_id, choices=choices, key=current.key)
        is_new = current.base is None
        report = None if rule is None else rule_preview(rule, is_new=is_new)
        with st.container(horizontal=True):
            is_saved = st.button(SAVE, type="primary", key="save_breaker", disabled=rule is None)
            is_given_up = st.button("Discard", key="discard_breaker")
        if is_given_up:
            close_draft()
            st.rerun()
        if is_saved and rule is not None:
            _save(current, rule, report)


def scope_choices() -> ScopeChoices:
    """Return the exchanges, symbols and strategies of the desk."""
    desk, state = runtime.desk(), read_risk_state()
    watched = {(rule.scope.kind, rule.scope.name) for rule in desk.breakers.all()}
    if state is not None:
        watched |= {(scope.kind, scope.name) for scope in state.snapshot.scopes}
        for account in state.accounts:
            watched.add((ScopeKind.EXCHANGE, account.venue))
            watched |= {(ScopeKind.SYMBOL, symbol) for symbol in _traded(account.account)}

    def names(kind: ScopeKind) -> tuple[str, ...]:
        return tuple(sorted(name for each, name in watched if each is kind and name))

    return ScopeChoices(
        exchanges=names(ScopeKind.EXCHANGE),
        symbols=names(ScopeKind.SYMBOL),
        strategies=names(ScopeKind.STRATEGY),
    )


def _traded(account: str) -> tuple[str, ...]:
    try:
        return tuple(runtime.desk().instruments(account))
    except (KeyError, ExchangeError):
        return ()


def _save(current: BreakerDraft, rule: BreakerRule, report: DrillReport | None) -> None:
    desk = runtime.desk()
    stored = {each.rule_id: each for each in desk.breakers.all()}.get(rule.rule_id)
    if current.base is not None and stored is None:
        st.error(
            f"{literally(current.base.name)} was deleted elsewhere while this form was open. "
            f"Nothing is saved and what you typed is still here: {SAVE} now makes it anew."
        )
        rebase(None)
        return
    if current.base is None and stored is not None:
        st.error(
            f"A breaker of this name exists already: {literally(stored.name)}. Nothing is saved; "
            "choose another name."
        )
        return
    if stored is not None and stored != current.base:
        st.warning(
            f"{literally(stored.name)} was changed elsewhere while this form was open: "
            f"{literally('; '.join(field_changes(current.base or stored, stored)))}. Nothing is "
            f"saved and what you typed is still here: {SAVE} now replaces that version."
        )
        rebase(stored)
        return
    _ask(rule, report)


def _ask(rule: BreakerRule, report: DrillReport | None) -> None:
    """Save at once what only tightens and does nothing now; show anything else in a dialog."""
    desk = runtime.desk()
    change = EditRules(((rule.rule_id, rule),))
    weighing = desk.commitment.weigh(change)
    at_once = () if report is None else would_act_now(report)
    if not weighing.sentence:
        st.info("Nothing changes.")
        return
    if weighing.loosens or at_once:
        hand_over(weighing.sentence)
        open_change()
        save_dialog(change, at_once)
        return
    try:
        outcome = desk.commitment.ask(change, by=desk.owner.name or "the owner")
    except ConfigurationError as error:
        st.error(f"Nothing is saved: {literally(str(error))}")
        return
    close_draft()
    st.session_state[OUTCOME] = outcome
    st.rerun()


@st.dialog(SAVE, width="large", icon=":material/electric_bolt:")
def save_dialog(change: EditRules, at_once: tuple[str, ...]) -> None:
    """Show what a change loosens, and what it does at once, in a dialog."""
    with error_boundary("The change"):
        review_edit(change, at_once)


def review_edit(change: EditRules, at_once: tuple[str, ...] = (), *, label: str = SAVE) -> None:
    """Say what changes, what becomes looser and what happens at once, and ask for the change."""
    desk = runtime.desk()
    loosened, existing = desk.commitment.weigh(change).loosened, desk.breakers.all()
    rows = rule_change_rows(existing, changed_rules(change, existing))
    if rows:
        st.markdown(rule_change_table(rows), unsafe_allow_html=True)
    if at_once:
        st.warning("Its condition holds now, so right after it is saved it would:")
        st.markdown(bullets(at_once))
    if loosened:
        st.markdown("**What becomes looser**")
        st.markdown(bullets(loosened))
    confirm_change(change, label=label)
