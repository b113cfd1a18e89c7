"""Figures with their names, as many side by side as fit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from app.components.markup import Html, cell_markup, classes, joined, tag
from app.presenters.position_cards import Fact

STYLE = """
.et-facts { display: grid; position: relative; gap: 0.45rem 1rem; margin: 0;
  grid-template-columns: repeat(auto-fill, minmax(8.2rem, 1fr));
  font-variant-numeric: tabular-nums; }
.et-facts dt { font-size: 0.82rem; font-weight: 400; color: var(--et-quiet); }
.et-facts dd { margin: 0; overflow-wrap: anywhere; }
.et-facts .et-help { position: static; }
.et-facts .et-help::after { left: 0; right: 0; width: auto; max-width: none; }
.et-fact-title { font-weight: 600; margin: 0; overflow-wrap: anywhere; }
.et-fact-title .et-note { display: inline; margin-left: 0.5rem; font-size: 0.9rem; }
.et-list-facts { display: grid; gap: 0.1rem 1rem; margin: 0;
  grid-template-columns: minmax(7rem, 13rem) 1fr; font-variant-numeric: tabular-nums; }
.et-list-facts > div { display: contents; }
.et-list-facts dt { font-weight: 400; color: var(--et-quiet); }
.et-list-facts dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 640px) {
  .et-facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .et-list-facts { grid-template-columns: minmax(0, 1fr); }
  .et-list-facts dd { margin-bottom: 0.3rem; }
}
"""


def install_facts_style() -> None:
    """Put the style of figures into the page."""
    st.html(f"<style>{STYLE}</style>")


def facts_markup(facts: Sequence[Fact], *, is_stale: bool = False) -> Html:
    """Draw figures as a grid."""
    return _list(facts, classes("et-facts", "et-stale" if is_stale else ""))


def fact_lines(facts: Sequence[Fact]) -> Html:
    """Draw figures one below the other."""
    return _list(facts, "et-list-facts")


@contextmanager
def title_row(title: str, note: str) -> Iterator[None]:
    """Name what the figures below are of; what is drawn inside stands on the same line."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        draw(_title(title, note))
        with st.container(horizontal=True, width="content"):
            yield


def draw(markup: Html) -> None:
    """Put markup into the page."""
    st.markdown(markup, unsafe_allow_html=True)


def _list(facts: Sequence[Fact], css: str) -> Html:
    return tag(
        "dl",
        joined(
            tag("div", tag("dt", fact.label), tag("dd", cell_markup(fact.cell))) for fact in facts
        ),
        css=css,
    )


def _title(title: str, note: str) -> Html:
    return tag("p", title, tag("span", note, css="et-note"), css="et-fact-title")
