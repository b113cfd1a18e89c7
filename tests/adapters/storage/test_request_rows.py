"""Wishes as rows of their table."""

from datetime import timedelta

import pytest

from etrms_core.adapters.storage.request_rows import (
    acknowledge,
    insert_request,
    progress,
    remove_requests,
    waiting_requests,
)
from etrms_core.adapters.storage.stores import OpenedStores
from etrms_core.engine.storage_ports import DeskRequest, RequestKind, RequestProgress
from etrms_core.errors import StorageError
from tests.builders import NOW


def test_a_wish_waits_is_acknowledged_and_done(sqlite_stores: OpenedStores) -> None:
    wish = DeskRequest(RequestKind.RESUME, "ada", NOW, NOW + timedelta(hours=1))
    with sqlite_stores.database.writing() as connection:
        number = insert_request(connection, wish)
        (waiting,) = waiting_requests(connection)
        assert (waiting.kind, waiting.subject, waiting.due_at) == (
            wish.kind,
            wish.subject,
            wish.due_at,
        )
        assert progress(connection, number) is RequestProgress.WAITING
        acknowledge(connection, number, NOW)
        assert progress(connection, number) is RequestProgress.ACKNOWLEDGED
        remove_requests(connection, [number])
        assert progress(connection, number) is RequestProgress.DONE
        with pytest.raises(StorageError, match="no request ever had the number 7"):
            progress(connection, 7)
