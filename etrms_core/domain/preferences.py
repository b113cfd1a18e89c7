"""How the owner wants to see the desk."""

from dataclasses import dataclass
from enum import StrEnum


class Theme(StrEnum):
    """Colours of the pages."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What pages begin with; it never changes what the desk does.

    Attributes
    ----------
    time_zone : str or None
        In which times are shown; None takes the browser's.
    default_account : str or None
        Chosen when a page opens; None is the first one.
    default_timeframe : str
        Length of bars, such as "1h".
    """

    theme: Theme = Theme.SYSTEM
    time_zone: str | None = None
    default_account: str | None = None
    default_timeframe: str = "1h"


DEFAULT_PREFERENCES = Preferences()
