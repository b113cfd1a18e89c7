"""What the audit found, in sentences."""

from datetime import UTC, datetime

from app.presenters.audit_results import progress_text, replay_line, verify_lines
from etrms_core.engine.hash_chain import AuditLogName, ChainBreak, Checkpoint
from etrms_core.services.audit import ChainReport, Difference, ReplayReport, VerifyReport

START, HEAD = Checkpoint(100, "0" * 64), Checkpoint(1_300, "ab" * 32)


def chain(broken: ChainBreak | None = None) -> ChainReport:
    return ChainReport(AuditLogName.EVENTS, 1_200, START, HEAD, broken)


def test_a_good_log_tells_rows_and_where_it_ends() -> None:
    (line,) = verify_lines(VerifyReport("live", (chain(),)))
    assert line.startswith("Events: all 1,200 rows after 100 pruned ones are what was written")
    assert "the last one is 1300, hash abababababababab..." in line


def test_the_first_bad_row_is_named() -> None:
    (line,) = verify_lines(VerifyReport("live", (chain(ChainBreak(1_301, "its hash differs")),)))
    assert line.startswith("Events: row 1301 is not what was written: its hash differs")


def test_a_replay_names_the_first_cycle_that_came_out_different() -> None:
    assert replay_line(ReplayReport("live", 5_000, 5_000, None)) == (
        "5,000 of 5,000 recorded cycles came out the same."
    )
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    different = ReplayReport("live", 10, 9, Difference(4, at, "the decision is not the same"))
    assert replay_line(different).endswith(
        "is cycle 4 of 2026-05-01T12:00:00+00:00: the decision is not the same."
    )


def test_progress_is_rows_and_a_share() -> None:
    assert progress_text(200, 800) == ("200 of 800 rows", 0.25)
    assert progress_text(3, 0) == ("3 of 0 rows", 0.0)
