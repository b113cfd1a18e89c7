"""Notices as rows."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from etrms_core.adapters.storage.notice_rows import notice_row, read_notice
from etrms_core.engine.notification_ports import NoticeState
from tests.builders import NOW
from tests.notification_builders import make_notice

SETTLED = replace(make_notice(3), state=NoticeState.FAILED, tries=4, last_error="x", settled_at=NOW)


@pytest.mark.parametrize("notice", [make_notice(1), SETTLED])
def test_a_row_reads_back(notice: Any) -> None:  # noqa: ANN401
    row: Any = SimpleNamespace(**notice_row(notice, "live"))
    assert read_notice(row) == notice


@pytest.mark.parametrize("change", [{"state": "lost"}, {"severity": 9}])
def test_a_damaged_row_is_no_notice(change: dict[str, object]) -> None:
    row: Any = SimpleNamespace(**{**notice_row(SETTLED, "live"), **change})
    with pytest.raises(ValueError, match="is not a valid"):
        read_notice(row)
