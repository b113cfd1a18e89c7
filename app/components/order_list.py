"""Orders that wait at the venues, each with a way to cancel it."""

import streamlit as st

from app import runtime
from app.components.facts import draw, facts_markup, title_row
from app.components.markup import cell_markup, tag
from app.page_frame import error_boundary
from app.presenters.action_text import outcome_cell, request_words
from app.presenters.open_orders import NO_ORDERS, OrderCard, order_cards
from app.presenters.position_export import orders_csv
from app.session import read_risk_state
from etrms_core.domain.instrument import Instrument
from etrms_core.errors import DomainError, LeaseLostError
from etrms_core.services.position_outcomes import CancelPreview
from etrms_core.services.risk_state import RiskState
from etrms_core.services.supervisor import Role

# Made when the dialog opens: however often its button is pressed, it is one cancellation.
PREVIEW = "cancel_preview"
DONE = "cancel_done"
ASKED = "cancel_asked"
LAST_STOP = (
    "This is the only stop of its position: without it nothing limits the loss until you place "
    "another one."
)


def order_list() -> None:
    """Draw every waiting order; call it within a section that refreshes by itself."""
    state = read_risk_state()
    cards = () if state is None else cards_of(state)
    if not cards:
        st.markdown(NO_ORDERS)
        return
    acts = runtime.desk().role is Role.ACTIVE
    for card in cards:
        name = f"{card.account}|{card.client_order_id}"
        with st.container(border=True, key=f"order_{name}"):
            with title_row(card.title, card.side):
                if st.button("Cancel order", key=f"cancel_{name}", disabled=not acts):
                    # A whole run ends what still refreshes itself of a dialog before.
                    st.session_state[ASKED] = card
                    st.rerun()
            draw(facts_markup(card.facts))
    st.download_button(
        "Download CSV",
        _csv,
        file_name="open_orders.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="orders_csv",
    )
    asked: OrderCard | None = st.session_state.pop(ASKED, None)
    if asked is not None:
        for key in (PREVIEW, DONE):
            st.session_state.pop(key, None)
        cancel_dialog(asked)


def cards_of(state: RiskState) -> tuple[OrderCard, ...]:
    """Show the waiting orders of a state with the steps of their contracts."""
    found: dict[tuple[str, str], Instrument] = {}
    for account in state.accounts:
        contracts = runtime.desk().instruments(account.account) if account.orders else {}
        symbols = {order.request.symbol for order in account.orders}
        found |= {(account.account, each): contracts[each] for each in symbols if each in contracts}
    return order_cards(state.accounts, found, now=runtime.desk().now())


def _csv() -> str:
    state = runtime.desk().state()
    return orders_csv(() if state is None else cards_of(state))


@st.dialog("Cancel order", icon=":material/cancel:")
def cancel_dialog(card: OrderCard) -> None:
    """Cancel an order in a dialog."""
    with error_boundary("Cancelling"):
        cancel_order(card)


def cancel_order(card: OrderCard) -> None:
    """Say what will be cancelled, cancel it once, and show what became of it."""
    place = st.empty()
    if DONE not in st.session_state:
        with place.container():
            _ask(card)
    if DONE in st.session_state:
        place.empty()
        draw(tag("p", cell_markup(outcome_cell(st.session_state[DONE])), role="status"))
        st.markdown("This window may be closed; the outcome stays under Your recent actions.")


def _ask(card: OrderCard) -> None:
    actions = runtime.desk().position_actions
    try:
        preview: CancelPreview = st.session_state.get(PREVIEW) or actions.preview_cancel(
            card.account, card.client_order_id
        )
    except (DomainError, LeaseLostError) as error:
        draw(tag("p", f"{error}.", css="et-warning"))
        return
    st.session_state[PREVIEW] = preview
    contracts = runtime.desk().instruments(card.account)
    words = request_words(preview.order.request, contracts.get(card.title))
    st.text(f"{card.title}, {card.account}: {words} is taken off the book.")
    if preview.is_last_stop:
        st.warning(LAST_STOP, icon=":material/warning:")
    with st.container(horizontal=True):
        is_confirmed = st.button("Cancel this order", type="primary", key="cancel_order_now")
        if st.button("Keep it", key="leave_order"):
            st.rerun()
    if is_confirmed:
        st.session_state[DONE] = actions.cancel(preview)
