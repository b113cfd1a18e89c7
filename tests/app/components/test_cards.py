"""The cards of figures."""

from app.components.cards import cards_markup
from app.presenters.cells import Cell, unknown
from app.presenters.overview_cards import Card, CardLine

EQUITY = Card("Equity", Cell("1.00 USD"), (CardLine("Today", Cell("+0.10 USD")),), "what it means")


def test_a_card_shows_title_figure_lines_and_meaning() -> None:
    drawn = cards_markup([EQUITY])
    for part in ("Equity", "1.00 USD", "<dt>Today</dt>", "+0.10 USD", 'data-help="what it means"'):
        assert part in drawn


def test_an_unknown_figure_explains_itself() -> None:
    drawn = cards_markup([Card("Equity", unknown("main was never read"), (), "meaning")])
    assert 'data-help="main was never read"' in drawn


def test_every_card_is_drawn() -> None:
    assert cards_markup([EQUITY, EQUITY]).count('role="group"') == 2
