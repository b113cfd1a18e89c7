"""News inside the app: what happened since the trader last looked."""

from dataclasses import dataclass

from etrms_core.domain.notifications import Severity
from etrms_core.engine.notification_ports import Outbox
from etrms_core.engine.severity import kinds_from, severity_of
from etrms_core.engine.storage_ports import DeskStore, StoredEvent

MOST_ALERTS = 100


@dataclass(frozen=True, slots=True)
class Alert:
    """An event that the trader has not seen yet."""

    stored: StoredEvent
    severity: Severity


@dataclass(frozen=True, slots=True)
class AlertReading:
    """Unread alerts, newest first.

    Attributes
    ----------
    has_more : bool
        Whether there are older ones beside those listed.
    """

    alerts: tuple[Alert, ...]
    has_more: bool

    @property
    def newest_sequence(self) -> int:
        """What `Alerts.mark_read` takes once the trader has seen these; 0 without alerts."""
        return max((each.stored.sequence for each in self.alerts), default=0)

    @property
    def worst(self) -> Severity | None:
        """How much the worst of them matters."""
        return max((each.severity for each in self.alerts), default=None)


class Alerts:
    """Events at or above a severity that come after the stored mark of what was read."""

    def __init__(self, desk_store: DeskStore, outbox: Outbox) -> None:
        self._desk_store = desk_store
        self._outbox = outbox

    def unread(
        self, *, minimum: Severity = Severity.WARNING, limit: int = MOST_ALERTS
    ) -> AlertReading:
        """Return what the trader has not seen."""
        read_up_to = self._outbox.read_up_to()
        newest = self._desk_store.events(kinds=kinds_from(minimum), limit=limit + 1)
        unread = [each for each in newest if each.sequence > read_up_to]
        alerts = tuple(Alert(each, severity_of(each.event)) for each in unread[:limit])
        return AlertReading(alerts, has_more=len(unread) > limit)

    def mark_read(self, sequence: int) -> None:
        """Note that the trader has seen everything up to this event."""
        self._outbox.mark_read(sequence)
