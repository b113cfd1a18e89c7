"""The colours of the charts."""

import pytest

from app.charts.palette import BLUE, ORANGE, PURPLE

WHITE, NEAR_BLACK = "#ffffff", "#030609"


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [BLUE, ORANGE, PURPLE])
@pytest.mark.parametrize("background", [WHITE, NEAR_BLACK])
def test_lines_stand_out_in_both_themes(colour: str, background: str) -> None:
    assert contrast(colour, background) >= 3.0
