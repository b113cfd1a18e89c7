"""How the process writes its log: plain lines on standard error."""

import sys

import structlog


def configure_logs() -> None:
    """Write log lines to standard error, with tracebacks that show no values of variables.

    structlog's own default prints the variables of every frame, and those can be secrets.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        # Looked up at every line, so that whoever replaces standard error sees it.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
