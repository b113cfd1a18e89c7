"""How the desk reads its sources and its calendar."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from etrms_core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class RiskPolicy:
    """Settings of the risk cycle.

    Attributes
    ----------
    time_zone : str
        IANA name of the owner's zone: day, week and month begin there.
    stale_after_seconds : float
        Age from which a reading is STALE.
    carry_seconds : float
        How long a STALE reading still counts in portfolio metrics; then they are unknown.
    equity_jump_fraction : float
        An unexplained change of equity beyond this share holds reducing actions for one reading.
    clock_jump_seconds : float
        A longer gap between two cycles is an event; infinite in replays of bars.
    bar_seconds : int
        Bars at whose close rules with ``evaluate = "bar_close"`` are evaluated live.
    """

    time_zone: str = "UTC"
    stale_after_seconds: float = 10.0
    carry_seconds: float = 120.0
    equity_jump_fraction: float = 0.01
    clock_jump_seconds: float = 5.0
    bar_seconds: int = 60

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ConfigurationError(
                f"no time zone is called {self.time_zone!r}", field="time_zone"
            ) from error
        for name, value in (
            ("stale_after_seconds", self.stale_after_seconds),
            ("carry_seconds", self.carry_seconds),
            ("equity_jump_fraction", self.equity_jump_fraction),
        ):
            if not 0.0 < value < float("inf"):
                raise ConfigurationError(f"is a number above 0, was {value}", field=name)


DEFAULT_POLICY = RiskPolicy()
