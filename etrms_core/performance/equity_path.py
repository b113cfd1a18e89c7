"""NAV, returns and drawdowns of an equity path."""

import numpy as np

from etrms_core.errors import DomainError
from etrms_core.kernels.arrays import BoolArray, FloatArray


def check_equity(equity: FloatArray) -> None:
    """Refuse what is no equity path: it is one-dimensional, finite and starts above 0.

    Raises
    ------
    DomainError
        If it is not; an equity that is unknown somewhere has no figures.
    """
    if equity.ndim != 1:
        raise DomainError(f"equity has one dimension, was of shape {equity.shape}")
    unknown = int(np.count_nonzero(~np.isfinite(equity)))
    if unknown:
        raise DomainError(f"equity is finite everywhere, was not at {unknown} points")
    if equity.size and equity[0] <= 0.0:
        raise DomainError(f"equity starts above 0, was {equity[0]}")


def nav_path(equity: FloatArray) -> FloatArray:
    """Unitise an equity path without flows: 1 at its first point, 0 from ruin on.

    Parameters
    ----------
    equity : ndarray of shape (n_points,)
        Quote currency, oldest first, the initial capital first.

    Returns
    -------
    ndarray of shape (n_points,)
        ``equity / equity[0]`` up to the first point at or below 0, and 0 from there on, whatever
        equity does then: a ruined account does not compound from a negative number.

    Raises
    ------
    DomainError
        For NaN, infinity, or a first point at or below 0.
    """
    check_equity(equity)
    return np.where(_is_alive(equity), equity / equity[:1], 0.0)


def nav_returns(equity: FloatArray) -> FloatArray:
    """Return simple returns of NAV, shape (n_points - 1,).

    The return into ruin is -1, every later one 0: nothing is left that could change.

    Raises
    ------
    DomainError
        For NaN, infinity, or a first point at or below 0.
    """
    check_equity(equity)
    money = np.where(_is_alive(equity), equity, 0.0)
    growth = np.ones(max(equity.size - 1, 0))
    np.divide(money[1:], money[:-1], out=growth, where=money[:-1] > 0.0)
    return growth - 1.0


def drawdown_path(nav: FloatArray) -> FloatArray:
    r"""Return the loss from the running peak at every point, a fraction in [0, 1].

    .. math:: d_t = 1 - nav_t / \max_{s \le t} nav_s

    The first point counts as a peak, so that a loss in the first bar is a drawdown. NaN from the
    first NaN on.
    """
    return 1.0 - nav / np.maximum.accumulate(nav)


def _is_alive(equity: FloatArray) -> BoolArray:
    return np.logical_and.accumulate(equity > 0.0)
