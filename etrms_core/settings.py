"""Typed settings from `ETRMS_HOME/etrms.toml`."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from etrms_core.errors import ConfigurationError

DEFAULT_HOME = Path("data/local")
FILE_NAME = "etrms.toml"
LONGEST_DAYS = 36_500.0
LOOPBACK = ("127.0.0.1", "[::1]", "localhost")
A_LIST, A_NUMBER, WHOLE, A_FLAG, A_TABLE, AN_ADDRESS = (
    "must be a list in square brackets",
    "must be a number",
    "must be a whole number",
    "must be true or false",
    "must be a table",
    "must be a web address, such as https://example.com/ping",
)
# What a library finds wrong with a value, in words; the braces take the figures that it names.
PLAIN_WORDS = {
    "missing": "must be given",
    "tuple_type": A_LIST,
    "list_type": A_LIST,
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "float_type": A_NUMBER,
    "float_parsing": A_NUMBER,
    "finite_number": "must be a number, neither nan nor infinite",
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "bool_type": A_FLAG,
    "bool_parsing": A_FLAG,
    "model_type": A_TABLE,
    "dict_type": A_TABLE,
    "greater_than": "must be above {gt:,.12g}",
    "greater_than_equal": "must be at least {ge:,.12g}",
    "less_than_equal": "must be at most {le:,.12g}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "url_type": AN_ADDRESS,
    "url_parsing": AN_ADDRESS,
}


class _Section(BaseModel):
    # No error repeats what it was given: that may be a secret.
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class OwnerSettings(_Section):
    """`[owner]`: where the trader's day begins and what money is counted in."""

    time_zone: str = "UTC"
    reporting_currency: Literal["USD"] = "USD"

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {value!r}") from error
        return value


class WebSettings(_Section):
    """`[web]`: where the app listens.

    `behind_tls_proxy` says that browsers reach it through a proxy that speaks TLS: only then may
    it listen where other machines reach it, and cookies travel over TLS only.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65535)
    allowed_hosts: tuple[str, ...] = ("localhost", "127.0.0.1")
    behind_tls_proxy: bool = False


class MonitorSettings(_Section):
    """`[monitor]`: how often accounts are read and when a reading is old."""

    interval_seconds: float = Field(default=1.0, gt=0.0, le=60.0)
    stale_after_seconds: float = Field(default=10.0, gt=0.0)
    carry_seconds: float = Field(default=120.0, gt=0.0)
    heartbeat_url: HttpUrl | None = Field(default=None, repr=False)

    @field_validator("heartbeat_url")
    @classmethod
    def _is_safe_to_ping(cls, value: HttpUrl | None) -> HttpUrl | None:
        # The address itself may be a secret: no message repeats it.
        if value is None:
            return None
        if value.scheme != "https" and value.host not in LOOPBACK:
            raise ValueError("must be an https address (http only to this machine)")
        if value.username or value.password:
            raise ValueError("must carry no user name and no password")
        return value

    @model_validator(mode="after")
    def _reads_before_it_is_stale(self) -> Self:
        if self.interval_seconds >= self.stale_after_seconds:
            raise ValueError(
                f"interval_seconds ({self.interval_seconds:g}) must be below stale_after_seconds "
                f"({self.stale_after_seconds:g}), or every reading would be stale"
            )
        return self


class PaperSettings(_Section):
    """`[paper]`: the built-in exchange.

    With ``source = "replay"`` it lives on the stored bars of `symbols` from `replay_venue` and
    `replay_timeframe`.
    """

    source: Literal["simulated", "replay"] = "simulated"
    replay_venue: str = ""
    replay_timeframe: str = "1h"
    seed: int = Field(default=7, ge=0)
    speed: float = Field(default=1.0, gt=0.0, le=100_000.0)
    trading_bot: bool = True
    symbols: tuple[str, ...] = ()
    capital: float = Field(default=10_000.0, gt=0.0)


def _none_is_a_word(value: object) -> object:
    return None if value == "none" else value


Bound = Annotated[
    Annotated[float, Field(strict=True, gt=0.0)] | None, BeforeValidator(_none_is_a_word)
]
Count = Annotated[
    Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | None, BeforeValidator(_none_is_a_word)
]
Names = Annotated[
    tuple[Annotated[str, Field(strict=True, min_length=1)], ...] | None,
    BeforeValidator(_none_is_a_word),
]


class LimitsSettings(_Section):
    """`[limits]`: outer bounds of the pre-trade gate, which the trader's own only tighten.

    The defaults bound nothing; "none" says so where a bound may be absent.
    """

    price_collar: float = Field(default=1.0, strict=True, gt=0.0, le=1.0)
    maximum_order_notional: Bound = None
    maximum_position_notional: Bound = None
    maximum_leverage: Bound = None
    maximum_orders_per_minute: Count = None
    duplicate_window_seconds: float = Field(default=0.0, strict=True, ge=0.0, le=60.0)
    symbols: Names = None


class CommitmentSettings(_Section):
    """`[commitment]`: how long a loosening waits where real money is; on paper it never does."""

    delay_seconds: float = Field(default=3_600.0, ge=0.0, le=30.0 * 86_400.0)


class RetentionSettings(_Section):
    """`[retention]`: how many days readings, recorded cycles and events are kept."""

    raw_days: float = Field(default=7.0, gt=0.0, le=LONGEST_DAYS)
    minute_days: float = Field(default=90.0, gt=0.0, le=LONGEST_DAYS)
    cycle_days: float = Field(default=14.0, gt=0.0, le=LONGEST_DAYS)
    event_days: float = Field(default=730.0, gt=0.0, le=LONGEST_DAYS)

    @model_validator(mode="after")
    def _minutes_come_after_raw_readings(self) -> Self:
        if self.minute_days < self.raw_days:
            raise ValueError(
                f"minute_days ({self.minute_days:g}) must be at least raw_days "
                f"({self.raw_days:g}): readings are kept as taken, then one a minute, then one "
                "an hour"
            )
        return self


class Settings(_Section):
    """All sections; what the file leaves out has its default."""

    owner: OwnerSettings = OwnerSettings()
    web: WebSettings = WebSettings()
    monitor: MonitorSettings = MonitorSettings()
    paper: PaperSettings = PaperSettings()
    limits: LimitsSettings = LimitsSettings()
    commitment: CommitmentSettings = CommitmentSettings()
    retention: RetentionSettings = RetentionSettings()


def home_directory() -> Path:
    """Folder of everything the user owns: `ETRMS_HOME`, by default `data/local`."""
    return Path(os.environ.get("ETRMS_HOME") or DEFAULT_HOME)


def load_settings(home: Path) -> Settings:
    """Read the settings of a home folder; a missing file means defaults.

    Raises
    ------
    ConfigurationError
        If the file is not TOML, a key is unknown or a value is out of range; it names the key.
    """
    path = home / FILE_NAME
    if not path.exists():
        return Settings()
    document = _document(path)
    try:
        return Settings.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        is_unknown = first["type"] == "extra_forbidden"
        message = "is not a known setting" if is_unknown else plain_words(first)
        raise ConfigurationError(message, field=f"{path}: {key}") from error


def plain_words(trouble: ErrorDetails) -> str:
    """Say what pydantic finds wrong with a value, in words for the trader."""
    words = PLAIN_WORDS.get(trouble["type"])
    if words is None:
        return trouble["msg"].removeprefix("Value error, ")
    return words.format_map(trouble.get("ctx", {}))


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or "the disk gives no reason"
    except UnicodeDecodeError:
        reason = "it is no text (in UTF-8)"
    except (ValueError, RecursionError) as error:
        reason = f"it is not TOML: {error}"
    raise ConfigurationError(f"cannot be read: {reason}", field=str(path))
