"""Settings: defaults without a file, and every mistake named with its key and file."""

import re
import traceback
from pathlib import Path

import pytest

from etrms_core.errors import ConfigurationError
from etrms_core.settings import (
    DEFAULT_HOME,
    FILE_NAME,
    Settings,
    home_directory,
    load_settings,
)


def write(home: Path, text: str) -> Path:
    path = home / FILE_NAME
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_every_setting_has_its_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "nowhere") == Settings()
    assert Settings().web.host == "127.0.0.1"
    assert not Settings().web.behind_tls_proxy


def test_an_empty_file_means_defaults(tmp_path: Path) -> None:
    write(tmp_path, "")
    assert load_settings(tmp_path) == Settings()


def test_what_the_file_says_counts_and_the_rest_has_its_default(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        [owner]
        time_zone = "Europe/Berlin"
        [paper]
        capital = 500.0
        symbols = ["BTCUSDT"]
        trading_bot = false
        """,
    )
    settings = load_settings(tmp_path)
    assert settings.owner.time_zone == "Europe/Berlin"
    assert settings.paper.capital == 500.0
    assert settings.paper.symbols == ("BTCUSDT",)
    assert not settings.paper.trading_bot
    assert settings.monitor == Settings().monitor
    assert settings.commitment.delay_seconds == 3600.0


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("color = 1", "color"),
        ("[commitment]\ndelay = 1", "commitment.delay"),
        ("[wbe]\nport = 1", "wbe"),
        ("[web]\nprot = 1", "web.prot"),
        ("[owner]\nname = 'x'", "owner.name"),
        ("[monitor]\nx = 1", "monitor.x"),
        ("[paper]\nx = 1", "paper.x"),
    ],
)
def test_an_unknown_key_is_named_with_its_file(text: str, key: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert str(caught.value) == f"{path}: {key}: is not a known setting"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("owner = 3", "owner"),
        ("[owner]\ntime_zone = 5", "owner.time_zone"),
        ("[owner]\ntime_zone = 'Mars/Olympus'", "owner.time_zone"),
        ("[owner]\ntime_zone = '../etc/passwd'", "owner.time_zone"),
        ("[owner]\ntime_zone = ''", "owner.time_zone"),
        ("[owner]\nreporting_currency = 'EUR'", "owner.reporting_currency"),
        ("[web]\nport = 0", "web.port"),
        ("[web]\nport = 65536", "web.port"),
        ("[web]\nport = 'http'", "web.port"),
        ("[web]\nallowed_hosts = 'localhost'", "web.allowed_hosts"),
        ("[web]\nallowed_hosts = [1]", "web.allowed_hosts.0"),
        ("[monitor]\ninterval_seconds = 0", "monitor.interval_seconds"),
        ("[monitor]\ninterval_seconds = 61", "monitor.interval_seconds"),
        ("[monitor]\ninterval_seconds = nan", "monitor.interval_seconds"),
        ("[monitor]\nstale_after_seconds = inf", "monitor.stale_after_seconds"),
        ("[monitor]\nstale_after_seconds = -1", "monitor.stale_after_seconds"),
        ("[monitor]\ncarry_seconds = 0.0", "monitor.carry_seconds"),
        ("[paper]\nsource = 'real'", "paper.source"),
        ("[paper]\nseed = -1", "paper.seed"),
        ("[paper]\nseed = 1.5", "paper.seed"),
        ("[paper]\nspeed = 0", "paper.speed"),
        ("[paper]\ncapital = -5", "paper.capital"),
        ("[commitment]\ndelay_seconds = -1", "commitment.delay_seconds"),
        ("[commitment]\ndelay_seconds = 1e99", "commitment.delay_seconds"),
        ("[paper]\ncapital = inf", "paper.capital"),
        ("[paper]\ntrading_bot = 'perhaps'", "paper.trading_bot"),
    ],
)
def test_a_wrong_value_is_named_with_key_and_file(text: str, key: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert str(caught.value).startswith(f"{path}: {key}: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("owner = 3", "owner: must be a table"),
        ("[owner]\ntime_zone = 5", "owner.time_zone: must be text in quotes"),
        ("[web]\nallowed_hosts = 'x'", "web.allowed_hosts: must be a list in square brackets"),
        ("[web]\nport = 0", "web.port: must be at least 1"),
        ("[web]\nport = 1.5", "web.port: must be a whole number"),
        ("[monitor]\ncarry_seconds = 0", "monitor.carry_seconds: must be above 0"),
        ("[monitor]\ncarry_seconds = 'x'", "monitor.carry_seconds: must be a number"),
        ("[monitor]\nheartbeat_url = 'x'", "monitor.heartbeat_url: must be a web address, .*"),
        ("[paper]\nspeed = 1e9", "paper.speed: must be at most 100,000"),
        ("[paper]\nspeed = nan", "paper.speed: must be a number, neither nan nor infinite"),
        ("[paper]\ntrading_bot = 'x'", "paper.trading_bot: must be true or false"),
        ("[paper]\nsource = 'x'", "paper.source: must be 'simulated' or 'replay'"),
        ("[limits]\nsymbols = ['']", "limits.symbols.0: must not be empty"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(text: str, sentence: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert re.fullmatch(re.escape(f"{path}: ") + sentence, str(caught.value))


def test_what_is_no_text_is_told_without_the_words_of_the_decoder(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"cannot be read: it is no text \(in UTF-8\)$"):
        load_settings(tmp_path)


@pytest.mark.parametrize("content", [b"[web", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_not_toml_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"{FILE_NAME}: cannot be read"):
        load_settings(tmp_path)


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_settings(tmp_path)


def test_home_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ETRMS_HOME", "/somewhere")
    assert home_directory() == Path("/somewhere")
    monkeypatch.setenv("ETRMS_HOME", "")
    assert home_directory() == DEFAULT_HOME
    monkeypatch.delenv("ETRMS_HOME")
    assert home_directory() == DEFAULT_HOME


def test_an_interval_that_makes_every_reading_stale_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "[monitor]\ninterval_seconds = 12.0\n")
    with pytest.raises(ConfigurationError, match="every reading would be stale"):
        load_settings(tmp_path)


def test_retention_is_read_and_refuses_what_makes_no_sense(tmp_path: Path) -> None:
    path = tmp_path / "etrms.toml"
    path.write_text("[retention]\ncycle_days = 3\nraw_days = 90", encoding="utf-8")
    retention = load_settings(tmp_path).retention
    assert (retention.raw_days, retention.cycle_days, retention.event_days) == (90.0, 3.0, 730.0)
    for text, words in (
        ("raw_days = 91", r"minute_days \(90\) must be at least raw_days \(91\)"),
        ("event_days = 0", "event_days"),
        ("cycle_days = 1e9", "cycle_days"),
        ("raw_days = nan", "raw_days"),
    ):
        path.write_text(f"[retention]\n{text}", encoding="utf-8")
        with pytest.raises(ConfigurationError, match=words):
            load_settings(tmp_path)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("price_collar = 0", "price_collar"),
        ("maximum_order_notional = '5'", "maximum_order_notional"),
        ("maximum_leverage = nan", "maximum_leverage"),
        ("maximum_orders_per_minute = 1.5", "maximum_orders_per_minute"),
        ("duplicate_window_seconds = 61", "duplicate_window_seconds"),
        ("symbols = 'BTCUSDT'", "symbols"),
        ("colour = 1", "colour"),
    ],
)
def test_a_limit_that_makes_no_sense_is_named(tmp_path: Path, line: str, key: str) -> None:
    path = write(tmp_path, f"[limits]\n{line}\n")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert caught.value.field == f"{path}: limits.{key}"


def test_limits_bound_nothing_unless_the_file_says_so(tmp_path: Path) -> None:
    write(tmp_path, "[limits]\nmaximum_leverage = 3\nmaximum_order_notional = 'none'\n")
    limits = load_settings(tmp_path).limits
    assert limits.maximum_leverage == 3.0
    unbounded = limits.model_dump(exclude={"maximum_leverage"})
    assert unbounded == Settings().limits.model_dump(exclude={"maximum_leverage"})
    assert (limits.price_collar, limits.duplicate_window_seconds) == (1.0, 0.0)


@pytest.mark.parametrize(
    "url",
    [
        "https://hc.example/4f1c",
        "http://127.0.0.1:8000/x",
        "http://[::1]/x",
        "http://localhost/x",
    ],
)
def test_a_heartbeat_goes_out_encrypted_or_to_this_machine(url: str, tmp_path: Path) -> None:
    write(tmp_path, f'[monitor]\nheartbeat_url = "{url}"\n')
    assert str(load_settings(tmp_path).monitor.heartbeat_url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "4f1c",
        "http://hc.example/4f1c",
        "http://127.0.0.1.example/4f1c",
        "http://2130706433.example/4f1c",
        "https://host:99999/4f1c",
        "https://[::1/4f1c",
        "https://user@hc.example/4f1c",
        "https://user:4f1c@hc.example/",
        "file:///etc/4f1c",
        "ftp://hc.example/4f1c",
    ],
)
def test_a_heartbeat_address_that_is_not_safe_is_refused_and_never_repeated(
    url: str, tmp_path: Path
) -> None:
    path = write(tmp_path, f'[monitor]\nheartbeat_url = "{url}"\n')
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path)
    assert str(caught.value).startswith(f"{path}: monitor.heartbeat_url: ")
    assert "4f1c" not in "".join(traceback.format_exception(caught.value))


def test_a_heartbeat_address_does_not_show_in_what_settings_print(tmp_path: Path) -> None:
    write(tmp_path, '[monitor]\nheartbeat_url = "https://hc.example/4f1c"\n')
    assert "4f1c" not in repr(load_settings(tmp_path))
