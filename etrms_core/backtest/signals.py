"""What a strategy wants at the close of each bar."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from etrms_core.errors import DomainError
from etrms_core.kernels.arrays import FloatArray

CodeArray = NDArray[np.int8]
ENTER_LONG, EXIT_LONG, ENTER_SHORT, EXIT_SHORT = 1, 2, 4, 8


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Signals of one symbol: events, or a target to hold.

    Attributes
    ----------
    codes : ndarray of int8 of shape (n_bars,), optional
        Sums of ENTER_LONG, EXIT_LONG, ENTER_SHORT and EXIT_SHORT. An entry is an event: true on
        the bar of the cross only. Bars before a strategy's warm-up have code 0.
    target : ndarray of shape (n_bars,), optional
        Signed fraction of equity to hold from here on; NaN changes nothing.
    volatility : ndarray of shape (n_bars,), optional
        Annual volatility known at the close, a fraction; sizes `volatility_target` entries.

    Raises
    ------
    DomainError
        If not exactly one of `codes` and `target` is given.
    """

    codes: CodeArray | None = None
    target: FloatArray | None = None
    volatility: FloatArray | None = None

    def __post_init__(self) -> None:
        if (self.codes is None) == (self.target is None):
            raise DomainError("signals are either codes or a target")
