"""What one cycle leaves behind, as the text of a journal record."""

import json
from typing import Any

from pydantic import TypeAdapter

from etrms_core.adapters.storage.json_text import json_text
from etrms_core.domain.account import AccountState
from etrms_core.domain.events import BreakerEvent, DeskEvent, Event
from etrms_core.domain.intents import Intent
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.storage_ports import CycleRecord
from etrms_core.errors import EtrmsError, StorageError

VERSION = 1
_ACCOUNTS = TypeAdapter(tuple[AccountState, ...])
_BREAKER_EVENT, _DESK_EVENT = TypeAdapter(BreakerEvent), TypeAdapter(DeskEvent)
_INTENTS = TypeAdapter(tuple[Intent, ...])


def record_text(record: CycleRecord) -> str:
    """Write a record; readings over time and inputs of the decision are left out."""
    return json.dumps(
        {
            "version": VERSION,
            # Kernels keep infinities and NaN in their columns; Python reads back what it writes.
            "memory": memory_document(record.memory),
            "accounts": _strict(_ACCOUNTS.dump_python(record.accounts, mode="json")),
            "events": [_event(event) for event in record.events],
            "intents": _strict(_INTENTS.dump_python(record.intents, mode="json")),
            "taken": list(record.taken),
        },
        separators=(",", ":"),
    )


def record_from_text(text: str) -> CycleRecord:
    """Read what `record_text` wrote; StorageError when it is damaged."""
    try:
        document = json.loads(text)
        return CycleRecord(
            memory=memory_from_document(document["memory"]),
            accounts=_ACCOUNTS.validate_python(document["accounts"]),
            events=tuple(_to_event(each) for each in document["events"]),
            intents=_INTENTS.validate_python(document["intents"]),
            taken=tuple(int(number) for number in document["taken"]),
        )
    except (EtrmsError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = str(error).partition("\n")[0]
        raise StorageError(f"a journal record cannot be read: {reason}") from error


def _event(event: Event) -> dict[str, Any]:
    match event:
        case BreakerEvent():
            return {"breaker": _strict(_BREAKER_EVENT.dump_python(event, mode="json"))}
        case DeskEvent():
            return {"desk": _DESK_EVENT.dump_python(event, mode="json")}


def _to_event(document: dict[str, Any]) -> Event:
    if "breaker" in document:
        return _BREAKER_EVENT.validate_python(document["breaker"])
    return _DESK_EVENT.validate_python(document["desk"])


def _strict(document: object) -> Any:  # noqa: ANN401 (JSON)
    return json.loads(json_text(document))
