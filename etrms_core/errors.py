"""Every error ETRMS raises on purpose.

EtrmsError
├── ConfigurationError      the user must change a setting or a file
├── DomainError             a value breaks a rule of the trading model
│   └── InsufficientDataError
├── DataError               a file or a payload cannot be read as what it should be
├── OrderRefusedError       the desk itself does not let an order out
├── LeaseLostError          another process acts for the desk now
├── ExchangeError           a venue refused or failed
│   ├── ExchangeUnavailableError   unknown what happened; look before trying again
│   └── OrderRejectedError         the venue said no; trying again will not help
└── StorageError            a local database failed
"""


class EtrmsError(Exception):
    """Base of all ETRMS errors; its message is safe to show to the user."""


class ConfigurationError(EtrmsError):
    """A setting is missing, malformed or contradicts another one."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message if field is None else f"{field}: {message}")
        self.field = field


class DomainError(EtrmsError, ValueError):
    """A value breaks a rule of the trading model."""


class InsufficientDataError(DomainError):
    """There are too few observations for the requested estimate."""

    def __init__(self, estimator: str, *, required: int, received: int) -> None:
        super().__init__(f"{estimator} needs {required} observations, received {received}")
        self.required = required
        self.received = received


class DataError(EtrmsError):
    """A file or a payload cannot be read as what it should be."""


class OrderRefusedError(EtrmsError):
    """The desk itself refuses an order.

    `code` is one of the words in `etrms_core.engine.gate.Refusal`.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class LeaseLostError(EtrmsError):
    """Another process acts for the desk now; this one must not."""


class ExchangeError(EtrmsError):
    """A venue refused or failed a request."""

    def __init__(self, message: str, *, venue: str) -> None:
        super().__init__(f"{venue}: {message}")
        self.venue = venue


class ExchangeUnavailableError(ExchangeError):
    """The venue did not answer; what it did with the request is unknown."""


class OrderRejectedError(ExchangeError):
    """The venue refused the order.

    `code` is one of the words in `etrms_core.domain.order.Rejection`.
    """

    def __init__(self, message: str, *, venue: str, code: str) -> None:
        super().__init__(message, venue=venue)
        self.code = code


class StorageError(EtrmsError):
    """A local database failed."""
