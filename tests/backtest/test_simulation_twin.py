"""The compiled simulation against its plain twin, on cases in which much happens."""

import numpy as np
import pytest

from tests.backtest.simulated_markets import random_case
from tests.backtest.slow_simulation import Slow

CASES = 150


@pytest.mark.parametrize("seed", range(CASES))
def test_the_compiled_simulation_equals_the_plain_one(seed: int) -> None:
    case = random_case(seed)
    fast, slow = case.run(), Slow(case).run()
    ours = [(int(f.bar), int(f.symbol), int(f.reason)) for f in fast.fills]
    assert ours == [(bar, row, reason) for bar, row, _, _, _, reason in slow.fills]
    for name, column in (("quantity", 2), ("price", 3), ("fee", 4)):
        theirs = [fill[column] for fill in slow.fills]
        np.testing.assert_allclose(fast.fills[name], theirs, rtol=1e-9, atol=1e-7)
    np.testing.assert_allclose(fast.equity, slow.equity, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(fast.adverse_equity, slow.worst, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(sum(fast.payments.amount), sum(slow.paid), rtol=1e-9, atol=1e-7)
