"""Where news of the desk goes, which of them, and when it is quiet."""

from dataclasses import dataclass
from datetime import time
from enum import IntEnum

from etrms_core.errors import DomainError

LONGEST_NAME = 40


class Severity(IntEnum):
    """How much an event matters to the trader, in rising order."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """The name in lower case, as documents write it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A part of each day, by the clock on the owner's wall, in which messages wait.

    Attributes
    ----------
    begins, ends : time
        Whole minutes; the end is no longer quiet. Hours that end before they begin run over
        midnight.
    critical_breaks_through : bool
        Whether critical messages go out all the same.
    """

    begins: time
    ends: time
    critical_breaks_through: bool = True

    def __post_init__(self) -> None:
        for name, at in (("begins", self.begins), ("ends", self.ends)):
            if at.tzinfo is not None or at.second or at.microsecond:
                raise DomainError(f"quiet hours {name} at a whole minute such as 22:00, was {at}")
        if self.begins == self.ends:
            raise DomainError(f"quiet hours begin and end at different times, was {self.begins}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way to reach the trader; the address itself lies in the vault only.

    Attributes
    ----------
    service : str
        What the address speaks, such as Telegram.
    masked_address : str
        What may be shown of the address.
    kinds : tuple of str
        Kinds of event that go here; empty for all.
    fallback : str or None
        Another channel that gets what this one does not take.
    allows_private : bool
        Whether the address may lie in a private network or on this machine.
    """

    name: str
    service: str
    masked_address: str
    is_enabled: bool = True
    minimum_severity: Severity = Severity.WARNING
    kinds: tuple[str, ...] = ()
    quiet_hours: QuietHours | None = None
    fallback: str | None = None
    allows_private: bool = False

    def __post_init__(self) -> None:
        name = self.name
        if not name or name != name.strip() or not name.isprintable():
            raise DomainError(
                "a channel's name is not empty, without spaces around it and of characters that "
                "can be seen"
            )
        if len(name) > LONGEST_NAME:
            raise DomainError(
                f"a channel's name has at most {LONGEST_NAME} characters, has {len(name)}"
            )
        if self.fallback == name:
            raise DomainError(f"channel {name!r} cannot be its own fallback")
        if len(set(self.kinds)) != len(self.kinds):
            raise DomainError(f"channel {name!r} names a kind of event twice")
