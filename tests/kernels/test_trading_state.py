"""What may be traded in which state."""

from etrms_core.kernels.trading_state import ACTIVE, HALTED, REDUCING, may_trade, strictest
from tests.kernels.inputs import agree

STATES = (ACTIVE, REDUCING, HALTED)


def test_trading_states_agree_with_their_twins() -> None:
    for first in STATES:
        for second in STATES:
            agree(strictest, first, second)
        for adds_risk in (True, False):
            agree(may_trade, first, adds_risk)


def test_the_strictest_state_wins() -> None:
    assert strictest(ACTIVE, REDUCING) == REDUCING
    assert strictest(HALTED, REDUCING) == HALTED
    assert strictest(ACTIVE, ACTIVE) == ACTIVE


def test_only_the_active_state_lets_risk_grow() -> None:
    assert [may_trade(state, adds_risk=True) for state in STATES] == [True, False, False]
    assert all(may_trade(state, adds_risk=False) for state in STATES)
