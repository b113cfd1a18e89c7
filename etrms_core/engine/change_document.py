"""Pending changes as text: what is asked for, by whom, and what it must find unchanged."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, assert_never

from etrms_core.breakers.rule_document import parse_rule, rule_mapping
from etrms_core.engine.change_ports import CommittedSettings
from etrms_core.engine.changes import (
    Change,
    CommitSettings,
    EditRules,
    EndPause,
    ResetBreaker,
    ResumeTrading,
    SetLimits,
)
from etrms_core.engine.limits_document import limits_mapping, parse_limits
from etrms_core.engine.storage_ports import DeskRequest, RequestKind
from etrms_core.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A loosening that waits.

    Attributes
    ----------
    sentence : str
        What it changes, from what to what, as of the asking.
    expected : str
        Fingerprint of what it changes; it is refused when it finds another one.
    """

    change: Change
    by: str
    sentence: str
    expected: str
    requested_at: datetime
    due_at: datetime
    number: int = field(default=0)


def fingerprint(document: object) -> str:
    """Return the SHA-256 of a document."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def pending_request(pending: PendingChange) -> DeskRequest:
    """Write a pending change as a request; `read_pending` reads it back."""
    document = {
        "by": pending.by,
        "sentence": pending.sentence,
        "expected": pending.expected,
        "change": _mapping(pending.change),
    }
    return DeskRequest(
        RequestKind.CHANGE,
        json.dumps(document, allow_nan=False),
        pending.requested_at,
        pending.due_at,
        pending.number,
    )


def read_pending(request: DeskRequest) -> PendingChange:
    """Read a pending change; ConfigurationError when its text is none."""
    try:
        document = json.loads(request.subject)
        return PendingChange(
            change=_change(document["change"]),
            by=str(document["by"]),
            sentence=str(document["sentence"]),
            expected=str(document["expected"]),
            requested_at=request.requested_at,
            due_at=request.due_at or request.requested_at,
            number=request.number,
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"change {request.number} cannot be read: {error}") from error


def _mapping(change: Change) -> dict[str, Any]:
    match change:
        case EditRules(edits=edits, order=order):
            written = [[key, None if rule is None else rule_mapping(rule)] for key, rule in edits]
            return {"kind": "edit_rules", "edits": written, "order": list(order)}
        case SetLimits(limits=limits):
            return {"kind": "set_limits", "limits": limits_mapping(limits)}
        case ResetBreaker(rule_id=rule_id):
            return {"kind": "reset_breaker", "rule_id": rule_id}
        case ResumeTrading():
            return {"kind": "resume_trading"}
        case EndPause():
            return {"kind": "end_pause"}
        case CommitSettings(settings=settings):
            return {"kind": "commit_settings", "settings": asdict(settings)}
    assert_never(change)


def _change(document: Mapping[str, Any]) -> Change:
    known: dict[str, Callable[[], Change]] = {
        "edit_rules": lambda: _edits(document),
        "set_limits": lambda: SetLimits(parse_limits(document["limits"])),
        "reset_breaker": lambda: ResetBreaker(str(document["rule_id"])),
        "resume_trading": ResumeTrading,
        "end_pause": EndPause,
        "commit_settings": lambda: CommitSettings(CommittedSettings(**document["settings"])),
    }
    return known[document["kind"]]()


def _edits(document: Mapping[str, Any]) -> EditRules:
    edits = (
        (str(key), None if rule is None else parse_rule(rule)) for key, rule in document["edits"]
    )
    return EditRules(tuple(edits), tuple(str(each) for each in document["order"]))
