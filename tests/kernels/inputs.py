"""Random kernel inputs, and the comparison of a kernel with its readable twin."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from etrms_core.domain.instrument import MarginTiers
from etrms_core.kernels.margin import Tiers

RELATIVE_TOLERANCE = 1e-12


def agree(kernel: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 (any kernel)
    """Call a kernel and its `py_func` on copies; results and arguments must end up the same."""
    twin: Any = kernel
    ours, theirs = deepcopy(arguments), deepcopy(arguments)
    compiled = kernel(*ours)
    require_same(compiled, twin.py_func(*theirs))
    require_same(ours, theirs)
    return compiled


def require_same(first: Any, second: Any) -> None:  # noqa: ANN401 (any kernel value)
    """Compare numbers to 1e-12 relative, counts and flags exactly, NaN equal to NaN."""
    if isinstance(first, tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            require_same(one, other)
        return
    if first is None:
        assert second is None
        return
    one, other = np.asarray(first), np.asarray(second)
    if one.dtype.names:
        for name in one.dtype.names:
            require_same(one[name], other[name])
        return
    assert one.dtype.kind == other.dtype.kind
    if one.dtype.kind == "f":
        np.testing.assert_allclose(one, other, rtol=RELATIVE_TOLERANCE, atol=0.0, equal_nan=True)
    else:
        np.testing.assert_array_equal(one, other)


def generators(count: int) -> Iterator[np.random.Generator]:
    """Yield seeded generators, so that a failure comes back."""
    return (np.random.default_rng(seed) for seed in range(count))


def continuous_tiers(floors: Sequence[float], rates: Sequence[float]) -> MarginTiers:
    """Build tiers whose maintenance margin has no jump, as venues publish them."""
    amounts = [0.0]
    for tier in range(1, len(floors)):
        amounts.append(amounts[-1] + floors[tier] * (rates[tier] - rates[tier - 1]))
    return MarginTiers(tuple(floors), tuple(rates), tuple(amounts))


def pack_tiers(*positions: MarginTiers) -> Tiers:
    """Lay out the tiers of positions as kernels read them."""
    first = np.cumsum([0, *(len(tiers.rates) for tiers in positions)])
    return Tiers(
        first.astype(np.int64),
        np.array([value for tiers in positions for value in tiers.notional_floors], np.float64),
        np.array([value for tiers in positions for value in tiers.rates], np.float64),
        np.array([value for tiers in positions for value in tiers.amounts], np.float64),
    )


def random_tiers(generator: np.random.Generator) -> MarginTiers:
    """Draw one to five continuous tiers."""
    count = int(generator.integers(1, 6))
    floors = [0.0, *np.cumsum(generator.uniform(1e3, 1e5, count - 1)).tolist()]
    rates = np.sort(generator.uniform(0.004, 0.5, count)).tolist()
    return continuous_tiers(floors, rates)
