"""A number that decides a strategy, with its default and its bounds."""

from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import TypeGuard

from etrms_core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Parameter:
    """A bounded number, whole when its default is.

    Attributes
    ----------
    default, low, high : int or float
        ``low <= default <= high``, both bounds included.
    title, help : str
        Words for a form; the name of the parameter serves where there is no title.

    Raises
    ------
    ConfigurationError
        If they are no finite numbers in that order, or only some of them are whole ones.
    """

    default: float
    low: float
    high: float
    title: str = ""
    help: str = ""

    def __post_init__(self) -> None:
        values = (self.default, self.low, self.high)
        if not all(_is_number(each) for each in values):
            raise ConfigurationError(f"a parameter takes finite numbers, was {values}")
        if not self.is_whole:
            for name in ("default", "low", "high"):
                object.__setattr__(self, name, float(getattr(self, name)))
        elif not all(isinstance(each, int) for each in values):
            raise ConfigurationError(
                f"a parameter with a whole default has whole bounds, was {self.low} to {self.high}"
            )
        if not self.low <= self.default <= self.high:
            raise ConfigurationError(
                f"a default lies between its bounds, was {self.default} in {self.low} to "
                f"{self.high}"
            )

    @property
    def is_whole(self) -> bool:
        """Whether it counts something."""
        return isinstance(self.default, int)

    def checked(self, value: object, *, field: str) -> float:
        """Return a value as an int or a float.

        Raises
        ------
        ConfigurationError
            Naming `field`, if it is no number of the kind or lies outside the bounds.
        """
        if not _is_number(value):
            raise ConfigurationError(f"is a number, was {value!r}", field=field)
        number = float(value)
        if self.is_whole and not number.is_integer():
            raise ConfigurationError(f"is a whole number, was {value}", field=field)
        if not self.low <= number <= self.high:
            raise ConfigurationError(
                f"lies between {self.low:.12g} and {self.high:.12g}, was {value}", field=field
            )
        return int(number) if self.is_whole else number


def _is_number(value: object) -> TypeGuard[float]:
    # numpy's numbers are Real, too.
    return not isinstance(value, bool) and isinstance(value, Real) and isfinite(value)
