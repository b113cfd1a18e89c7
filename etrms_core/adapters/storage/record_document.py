"""What one cycle leaves behind, as the body of a journal record: JSON text, compressed."""

import json
import zlib
from typing import Any

from pydantic import TypeAdapter

from etrms_core.adapters.storage.cycle_rows import cycle_text, read_cycle
from etrms_core.adapters.storage.json_text import json_text
from etrms_core.adapters.storage.moments import to_us
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, DeskEvent, Event
from etrms_core.domain.intents import Intent
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.storage_ports import CycleRecord, HistoryPoint, RecordedCycle
from etrms_core.errors import EtrmsError, StorageError

VERSION = 1
LEVEL = 6
# Whatever a damaged document can lead to, numbers beyond all bounds and endless nesting included.
DAMAGE = (
    EtrmsError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    zlib.error,
)
_ACCOUNTS = TypeAdapter(tuple[AccountState, ...])
_BREAKER_EVENT, _DESK_EVENT = TypeAdapter(BreakerEvent), TypeAdapter(DeskEvent)
_INTENTS = TypeAdapter(tuple[Intent, ...])
_POINT = TypeAdapter(HistoryPoint | None)


def record_body(record: CycleRecord) -> bytes:
    """Write a record; StorageError when a number is NaN that the database would not take either."""
    document = {
        "version": VERSION,
        # Kernels keep infinities and NaN in their columns; Python reads back what it writes.
        "memory": memory_document(record.memory),
        "accounts": _strict(_ACCOUNTS, record.accounts),
        "events": [_event(event) for event in record.events],
        "point": _strict(_POINT, record.point),
        "intents": _strict(_INTENTS, record.intents),
        "taken": list(record.taken),
        "recorded": None if record.recorded is None else _recorded(record.recorded),
    }
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode(), LEVEL)


def record_from_body(body: bytes) -> CycleRecord:
    """Read what `record_body` wrote.

    Raises
    ------
    StorageError
        If it is damaged or of another version.
    """
    try:
        return _record(json.loads(zlib.decompress(body)))
    except DAMAGE as error:
        reason = str(error).partition("\n")[0]
        raise StorageError(f"a journal record cannot be read: {reason}") from error


def _record(document: dict[str, Any]) -> CycleRecord:
    if document["version"] != VERSION:
        raise StorageError(f"it is of version {document['version']}, this program reads {VERSION}")
    recorded = document["recorded"]
    return CycleRecord(
        memory=memory_from_document(document["memory"]),
        accounts=_ACCOUNTS.validate_python(document["accounts"]),
        events=tuple(_to_event(each) for each in document["events"]),
        point=_POINT.validate_python(document["point"]),
        intents=_INTENTS.validate_python(document["intents"]),
        taken=tuple(int(number) for number in document["taken"]),
        recorded=None if recorded is None else read_cycle(recorded["text"].encode(), recorded),
    )


def _recorded(recorded: RecordedCycle) -> dict[str, Any]:
    return {
        "text": cycle_text(recorded).decode(),
        "as_of_us": to_us(recorded.as_of),
        "decision_hash": recorded.decision_hash,
        "memory_hash": recorded.memory_hash,
    }


def _event(event: Event) -> dict[str, Any]:
    match event:
        case BreakerEvent():
            return {"breaker": _strict(_BREAKER_EVENT, event)}
        case DeskEvent():
            return {"desk": _strict(_DESK_EVENT, event)}


def _to_event(document: dict[str, Any]) -> Event:
    if "breaker" in document:
        return _BREAKER_EVENT.validate_python(document["breaker"])
    return _DESK_EVENT.validate_python(document["desk"])


def _strict(adapter: TypeAdapter[Any], value: object) -> Any:  # noqa: ANN401 (JSON)
    return json.loads(json_text(adapter.dump_python(value, mode="json")))
