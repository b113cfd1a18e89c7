"""The log of the process."""

import pytest
import structlog

from app.logs import configure_logs


def test_a_traceback_goes_to_standard_error_without_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = structlog.get_config()
    configure_logs()
    hidden_value = "do-not-" + "show-me"
    try:
        int(hidden_value[:0])
    except ValueError:
        structlog.get_logger("test").exception("failed")
    finally:
        structlog.configure(**before)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "ValueError: invalid literal" in captured.err
    assert hidden_value not in captured.err
