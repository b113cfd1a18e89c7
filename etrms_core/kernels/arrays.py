"""Array types of the kernels.

A kernel that works row by row takes arrays of records: reading a field of `rows[i]` is a plain
load, while an array in a NamedTuple is counted in and out at every access (measured: 5 against
500 ns a row).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Record = Any
Records = np.recarray[Any, Any]


def records(kind: np.dtype[Any], **columns: Any) -> Records:  # noqa: ANN401  any column that fits
    """Lay columns of one length out as an array of records."""
    size = len(next(iter(columns.values())))
    rows = np.zeros(size, kind)
    for name in kind.names or ():
        rows[name] = columns[name]
    return rows.view(np.recarray)


def copied(rows: Records) -> Records:
    """Copy an array of records."""
    return rows.copy().view(np.recarray)
