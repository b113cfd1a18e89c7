"""The notifications of a desk that sends none."""

from collections.abc import Callable
from datetime import UTC

from etrms_core.bootstrap.notifications import open_notifications
from etrms_core.domain.events import Event
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.ports import Clock
from etrms_core.services.notifications import Notifications


def idle_notifications(
    stores: DeskStores, append_events: Callable[[list[Event]], None], clock: Clock
) -> Notifications:
    """Build vault, channels and alerts over these stores; nothing is ever sent."""
    return open_notifications(
        stores,
        append_events=append_events,
        clock=clock,
        zone=lambda: UTC,
        is_active=lambda: False,
    )
