"""How much is at stake in each position, long and short."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.charts.palette import BLUE, GRID, ORANGE
from app.presenters.numbers import distance, money
from app.presenters.position_cards import PositionCard

ROW_HEIGHT, FRAME_HEIGHT = 34, 130
MOST_BARS = 30


def exposure_figure(cards: Sequence[PositionCard]) -> go.Figure:
    """Draw signed notional by position, the largest on top; unknown ones are left out."""
    known = [card for card in cards if card.numbers["notional"] is not None]
    shown = sorted(known, key=_notional, reverse=True)[:MOST_BARS]
    figure = go.Figure()
    for is_long, name, colour in ((True, "Long", BLUE), (False, "Short", ORANGE)):
        side = [card for card in shown if _is_long(card) is is_long]
        if side:
            figure.add_trace(_bars(side, name, colour))
    figure.update_layout(
        title={"text": "Exposure by position", "x": 0.0, "font": {"size": 16}},
        height=FRAME_HEIGHT + ROW_HEIGHT * max(2, len(shown)),
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        barmode="relative",
        legend={"orientation": "h", "x": 0.0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"},
        showlegend=len(figure.data) > 1,
    )
    figure.update_xaxes(
        title_text="Notional, short below 0 (USD)",
        gridcolor=GRID,
        zeroline=True,
        zerolinecolor=GRID,
        tickformat=",.4~s",
    )
    figure.update_yaxes(
        title_text="Position",
        automargin=True,
        categoryorder="array",
        categoryarray=[_name(card) for card in reversed(shown)],
    )
    return figure


def _bars(cards: Sequence[PositionCard], name: str, colour: str) -> go.Bar:
    sign = 1.0 if name == "Long" else -1.0
    return go.Bar(
        x=[sign * _notional(card) for card in cards],
        y=[_name(card) for card in cards],
        orientation="h",
        name=name,
        marker={"color": colour},
        text=[_hover(card) for card in cards],
        textposition="none",
        hovertemplate="%{text}<extra></extra>",
    )


def _name(card: PositionCard) -> str:
    return f"{card.key.symbol} {card.side}, {card.key.account}".replace("<", "&lt;")


def _hover(card: PositionCard) -> str:
    liquidation = distance(card.numbers["liquidation_distance"])
    return (
        f"{_name(card)}<br>Notional {money(_notional(card))}<br>"
        f"Distance to liquidation {liquidation}"
    )


def _notional(card: PositionCard) -> float:
    return card.numbers["notional"] or 0.0


def _is_long(card: PositionCard) -> bool:
    return (card.numbers["quantity"] or 0.0) > 0.0
