"""The fingerprint of a decision, by which a replay is compared with what was done."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from etrms_core.domain.commands import Command
from etrms_core.engine.memory import CycleMemory


def decision_hash(as_of: datetime, commands: Sequence[Command], memory: CycleMemory) -> str:
    """SHA-256 of the canonical JSON of (as_of, commands, breaker states).

    Parameters
    ----------
    as_of : datetime
        The time that the cycle was given, aware.
    commands : sequence of Command
        What it decided, in order.
    memory : CycleMemory
        What it left behind; the states of its breakers are covered.
    """
    decision = [
        as_of.isoformat(),
        [[type(command).__name__, asdict(command)] for command in commands],
        _breaker_states(memory),
    ]
    text = json.dumps(decision, sort_keys=True, separators=(",", ":"), default=_moment)
    return hashlib.sha256(text.encode()).hexdigest()


def _breaker_states(memory: CycleMemory) -> list[list[Any]]:
    states = memory.breakers.memory["state"].tolist()
    return [
        [rule_id, str(scope), state]
        for (rule_id, scope), state in zip(memory.breakers.keys, states, strict=True)
    ]


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a decision holds times, numbers and words, was {value!r}")
