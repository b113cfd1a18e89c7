"""Breakout with volume.

Long when the close rises above the highest close of the bars before on more volume than usual; out
when it falls below its average.
"""

# How to use this file: copy it into the folder `strategies` of your ETRMS home under a name of
# small letters, digits and _, such as my_breakout.py, and change it. The name of the file is the
# name of the strategy; the first line of the text above is its title in the form, the rest says
# what it does.

import pandas as pd

from etrms_core.backtest.strategies import Parameter

# Name: default, smallest and largest value, then a title and a help text for the form. A whole
# default makes a whole number.
PARAMETERS = {
    "window": Parameter(48, 2, 2_000, "Window", "Bars of the high and of both averages."),
    "volume": Parameter(1.5, 0.0, 20.0, "Volume", "Multiple of the average volume."),
}


def signals(bars: pd.DataFrame, window: int, volume: float) -> pd.DataFrame:
    """Return what is wanted at the close of each bar.

    `bars` has the columns open, high, low, close, volume and an index of UTC open times. What is
    said of a bar may use this bar and the ones before, never later ones: no shift(-1), and no mean
    over all bars.
    """
    close = bars["close"]
    highest_before = close.rolling(window).max().shift(1)
    usual_volume = bars["volume"].rolling(window).mean().shift(1)
    average = close.rolling(window).mean()

    is_out = (close > highest_before) & (bars["volume"] > volume * usual_volume)
    is_below = close < average
    return pd.DataFrame(
        {
            # Only the first bar on which something is so: a signal is an event.
            "enter_long": is_out & ~is_out.shift(1, fill_value=False),
            "exit_long": is_below & ~is_below.shift(1, fill_value=False),
            # "enter_short" and "exit_short" work alike; a column that is missing never signals.
        },
        index=bars.index,
    )


# Instead of signals a strategy may return one column `target`: the signed share of equity to hold
# from here on, such as 0.5 for half of it long, -1.0 for all of it short, 0.0 for nothing. NaN
# leaves the position as it is; every other number is traded towards, which costs fees.
