"""Accounts measured all the way to a snapshot, as the engine does."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from etrms_core.domain.account import AccountState
from etrms_core.kernels.arrays import FloatArray
from etrms_core.risk.measurement import (
    measure,
    metric_values,
    scope_equity,
    scope_totals,
    stablecoin_column,
)
from etrms_core.risk.metrics import Metric
from etrms_core.risk.nav import NavBook, advance_nav
from etrms_core.risk.position_table import position_table
from etrms_core.risk.scope_layout import scope_layout
from etrms_core.risk.snapshot import DataQuality, RiskSnapshot, SourceReading
from tests.builders import NOW

AS_OF = NOW + timedelta(minutes=1)


def measure_desk(accounts: Sequence[AccountState], *, in_transit: float = 0.0) -> RiskSnapshot:
    """Take the first reading of a desk whose positions are all manual."""
    table = position_table(accounts, as_of=AS_OF, unknown=frozenset())
    measured = measure(table)
    venues = {account.account: account.venue for account in accounts}
    layout = scope_layout(table.keys, venues, dict.fromkeys(table.keys, (("manual", 1.0),)), ())
    equity = scope_equity(accounts, measured.accounts.equity, layout, in_transit)
    money = np.where(layout.has_units, equity, 0.0)
    book = advance_nav(
        NavBook(), layout, equity=money, flow=0.0 * money, as_of=AS_OF, time_zone="UTC"
    ).book
    nothing: FloatArray = np.zeros(len(layout.scopes))
    extras = {
        Metric.CONSECUTIVE_LOSSES: nothing,
        Metric.TRADES_PER_DAY: nothing,
        Metric.DATA_AGE_SECONDS: nothing + 60.0,
        Metric.STABLECOIN_DEVIATION: stablecoin_column(accounts, layout),
    }
    return RiskSnapshot(
        as_of=AS_OF,
        scopes=layout.scopes,
        values=metric_values(
            layout,
            sums=scope_totals(table, measured, layout),
            equity=equity,
            navs=book,
            extras=extras,
        ),
        results=np.zeros((len(layout.scopes), 4)),
        qualities=(DataQuality.FRESH,) * len(layout.scopes),
        sources=tuple(
            SourceReading(account.account, account.venue, 60.0, DataQuality.FRESH)
            for account in accounts
        ),
        table=table,
        positions=measured.positions,
        accounts=measured.accounts,
        strategies=layout.owners,
        in_transit=in_transit,
        index=layout.index,
    )
