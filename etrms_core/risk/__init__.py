"""What the accounts show, measured: exposure, margin, liquidation, NAV, drawdown."""
