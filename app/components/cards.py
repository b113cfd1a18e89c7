"""Figures at a glance as a grid of cards."""

from collections.abc import Sequence

from app.components.markup import Html, cell_markup, explained, joined, tag
from app.presenters.overview_cards import Card


def cards_markup(cards: Sequence[Card]) -> Html:
    """Draw cards side by side, as many as fit; nothing is cut off."""
    return tag("div", tag("div", *(map(_card, cards)), css="et-cards"), css="et-fit")


def _card(card: Card) -> Html:
    lines = (
        tag("div", tag("dt", line.label), tag("dd", cell_markup(line.cell)), css="et-line")
        for line in card.lines
    )
    return tag(
        "div",
        explained(card.title, card.help, css="et-card-title"),
        tag("div", cell_markup(card.value), css="et-figure"),
        tag("dl", joined(lines), css="et-lines"),
        css="et-card",
        role="group",
        aria_label=card.title,
    )
