"""How market time follows the desk's clock."""

from dataclasses import dataclass
from datetime import datetime
from math import isfinite

from etrms_core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class MarketPace:
    """Market time runs `speed` times as fast as desk time, and both origins coincide."""

    desk_origin: datetime
    market_origin: datetime
    speed: float = 1.0

    def __post_init__(self) -> None:
        if not isfinite(self.speed) or self.speed <= 0.0:
            raise ConfigurationError(f"is a number above 0, was {self.speed}", field="paper.speed")

    def market_time(self, now: datetime) -> datetime:
        """Market time at a desk time."""
        return self.market_origin + (now - self.desk_origin) * self.speed

    def desk_time(self, at: datetime) -> datetime:
        """Desk time at a market time."""
        return self.desk_origin + (at - self.market_origin) / self.speed

    def with_speed(self, speed: float, *, now: datetime) -> "MarketPace":
        """Go on from now at another speed."""
        return MarketPace(now, self.market_time(now), speed)
