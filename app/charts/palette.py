"""Colours that can be told apart with the common colour-vision deficiencies.

Each keeps at least 3:1 against the white and against the near-black background, so that one
figure serves both themes.
"""

BLUE = "#3f86c4"
ORANGE = "#c8641f"
PURPLE = "#9a6bb0"
ORANGE_FILL = "rgba(200, 100, 31, 0.25)"
GRID = "rgba(128, 140, 152, 0.28)"
