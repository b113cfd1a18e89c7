"""The exposure chart, which is drawn again when somebody asks."""

import streamlit as st

from app import runtime
from app.charts.exposure import exposure_figure
from app.components.position_list import cards_of
from app.presenters.times import clock
from app.session import display_zone


def exposure_chart() -> None:
    """Draw the notional of every open position."""
    state = runtime.desk().state()
    cards = () if state is None else cards_of(state)
    if state is None or not cards:
        return
    st.plotly_chart(
        exposure_figure(cards),
        key="exposure_chart",
        config={"displaylogo": False},
        alt="Notional of every open position, long to the right and short to the left",
    )
    zone = display_zone()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Refresh chart", icon=":material/refresh:", key="refresh_exposure")
        st.markdown(f"Chart as of {clock(state.as_of, zone=zone)} {zone.key}.")
