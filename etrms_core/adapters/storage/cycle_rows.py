"""Recorded cycles as rows of their table: JSON text, compressed against that of the row before.

Unlike other documents these hold infinities and NaN, for kernels keep them in the memory; Python
reads back what it writes.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from etrms_core.adapters.storage.moments import from_us
from etrms_core.breakers.rule_document import parse_rules, rule_mappings
from etrms_core.domain.account import AccountState
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.storage_ports import DeskRequest, RecordedCycle
from etrms_core.errors import StorageError


@dataclass(frozen=True, slots=True)
class _Inputs:
    accounts: tuple[AccountState, ...]
    requests: tuple[DeskRequest, ...]
    policy: RiskPolicy


_INPUTS = TypeAdapter(_Inputs)
# Deflate looks back 32 KiB: a chunk sees its own place in the text before and 8 KiB around it.
CHUNK = 16 * 1024
MARGIN = 8 * 1024
LEVEL = 6


def cycle_text(recorded: RecordedCycle) -> bytes:
    """Write what a cycle was made of, beside its time and hashes, which have their own columns."""
    inputs = _Inputs(recorded.accounts, recorded.requests, recorded.policy)
    memory = recorded.memory_before
    document = {
        "rules": rule_mappings(recorded.rules),
        **_INPUTS.dump_python(inputs, mode="json"),
        "memory": None if memory is None else memory_document(memory),
        "is_after_gap": recorded.is_after_gap,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def read_cycle(text: bytes, columns: Mapping[str, Any]) -> RecordedCycle:
    """Read a row; `columns` holds `as_of_us`, `decision_hash` and `memory_hash`.

    Raises
    ------
    ValueError, TypeError, KeyError, EtrmsError
        If the text is not one that `cycle_text` wrote.
    """
    document = json.loads(text)
    rules, memory = parse_rules(document.pop("rules")), document.pop("memory")
    # Rows of earlier versions do not say.
    is_after_gap = document.pop("is_after_gap", False)
    inputs = _INPUTS.validate_python(document)
    return RecordedCycle(
        as_of=from_us(columns["as_of_us"]),
        accounts=inputs.accounts,
        rules=rules,
        requests=inputs.requests,
        policy=inputs.policy,
        decision_hash=columns["decision_hash"],
        memory_hash=columns["memory_hash"],
        memory_before=None if memory is None else memory_from_document(memory),
        is_after_gap=bool(is_after_gap),
    )


def cycle_content(columns: Mapping[str, Any]) -> str:
    """Write what the hash of a row covers: its time, kind, payload and two hashes.

    A damaged column may hold anything; its content is then another one than what was written.
    """
    payload, flag = columns["payload"], columns["is_keyframe"]
    covered = [
        columns["as_of_us"],
        int(flag) if isinstance(flag, bool) else flag,
        hashlib.sha256(payload).hexdigest() if isinstance(payload, bytes) else payload,
        columns["decision_hash"],
        columns["memory_hash"],
    ]
    return json.dumps(covered, separators=(",", ":"), default=repr)


def pack(text: bytes, before: bytes = b"") -> bytes:
    """Compress a text against the one before it; against none it stands alone."""
    packed = bytearray()
    for start in range(0, len(text), CHUNK):
        around = _around(before, start)
        press = zlib.compressobj(LEVEL, zdict=around) if around else zlib.compressobj(LEVEL)
        packed += press.compress(text[start : start + CHUNK]) + press.flush()
    return bytes(packed)


def unpack(payload: bytes, before: bytes = b"") -> bytes:
    """Read what `pack` wrote.

    Raises
    ------
    StorageError
        If it is damaged, cut off or was compressed against another text.
    """
    text = bytearray()
    while payload:
        around = _around(before, len(text))
        expand = zlib.decompressobj(zdict=around) if around else zlib.decompressobj()
        try:
            text += expand.decompress(payload)
        except zlib.error as error:
            raise StorageError(f"its payload is damaged: {error}") from error
        if not expand.eof:
            raise StorageError("its payload is cut off")
        payload = expand.unused_data
    return bytes(text)


def _around(before: bytes, start: int) -> bytes:
    return before[max(0, start - MARGIN) : start + CHUNK + MARGIN]
