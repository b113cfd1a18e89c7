"""Figures with their names."""

from streamlit.testing.v1 import AppTest

from app.components.facts import fact_lines, facts_markup
from app.presenters.cells import Cell
from app.presenters.position_cards import Fact


def page() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.components.facts import title_row  # noqa: PLC0415

    with title_row("<b>BTC</b>", "long"):
        st.button("Close")


def test_figures_are_a_list_of_names_and_escaped_values() -> None:
    drawn = facts_markup([Fact("Size", Cell("<i>1</i>", "of 2"))])
    assert drawn.startswith('<dl class="et-facts"><div><dt>Size</dt><dd>')
    assert "&lt;i&gt;1&lt;/i&gt;" in drawn
    assert "of 2" in drawn


def test_stale_figures_are_greyed() -> None:
    assert 'class="et-facts et-stale"' in facts_markup([], is_stale=True)


def test_a_list_has_a_style_of_its_own() -> None:
    assert 'class="et-list-facts"' in fact_lines([Fact("Fee", Cell("none"))])


def test_a_title_shares_its_line_with_what_is_drawn_inside() -> None:
    shown = AppTest.from_function(page).run()
    assert "&lt;b&gt;BTC&lt;/b&gt;" in shown.markdown[0].value
    assert shown.button[0].label == "Close"
