"""Pending changes as the text of a request."""

from dataclasses import replace
from datetime import timedelta

import pytest

from etrms_core.domain.limits import Limits
from etrms_core.engine.change_document import (
    PendingChange,
    fingerprint,
    pending_request,
    read_pending,
)
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
from etrms_core.engine.storage_ports import RequestKind
from etrms_core.errors import ConfigurationError
from tests.builders import NOW
from tests.engine.desk import HALVE, make_rule

RULE = make_rule("drawdown", 0.1, HALVE, id="a b", reset_threshold=0.05, latched=True)


@pytest.mark.parametrize(
    "change",
    [
        EditRules((("a b", RULE), ("gone", None)), ("a b",)),
        SetLimits(Limits(maximum_leverage=3.0, symbols=("BTCUSDT",))),
        SetLimits(Limits(maximum_orders_per_minute=None)),
        ResetBreaker("a b"),
        ResumeTrading(),
        EndPause(),
        CommitSettings(CommittedSettings(time_zone="UTC", delay_seconds=0.5)),
    ],
)
def test_every_change_comes_back_from_its_text(change: Change) -> None:
    pending = PendingChange(
        change=change,
        by="Ada",
        sentence="what it does",
        expected=fingerprint([1.0, "x"]),
        requested_at=NOW,
        due_at=NOW + timedelta(hours=1),
        number=3,
    )
    request = pending_request(pending)
    assert (request.kind, request.due_at) == (RequestKind.CHANGE, pending.due_at)
    assert read_pending(request) == pending


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"change": {"kind": "x"}}',
        '{"change": {"kind": "set_limits"}}',
        "[" * 9_999,
    ],
)
def test_a_text_that_is_no_change_is_refused_by_number(text: str) -> None:
    sound = pending_request(
        PendingChange(
            change=EndPause(), by="", sentence="", expected="", requested_at=NOW, due_at=NOW
        )
    )
    with pytest.raises(ConfigurationError, match="change 7 cannot be read"):
        read_pending(replace(sound, subject=text, number=7))


def test_a_fingerprint_knows_every_figure_and_no_order_of_keys() -> None:
    assert fingerprint({"a": 1.0, "b": None}) == fingerprint({"b": None, "a": 1.0})
    assert fingerprint({"a": 1.0}) != fingerprint({"a": 1.0000000001})
