"""What a run earned and what it risked: ratios, drawdowns, trades."""
