"""Bundles: run into a folder, run again to the byte, or refused with nothing left behind."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from etrms_core.backtest.ports import ContractName, SeriesName
from etrms_core.backtest.result import BacktestResult
from etrms_core.bootstrap.backtest_run import read_bundle, rerun_folder, run_bundle
from etrms_core.bootstrap.bars import open_bar_store, open_funding_store
from etrms_core.errors import ConfigurationError, DataError, EtrmsError, StorageError
from tests.services.replays import files_in, random_frame

DRAWDOWN = {
    "name": "drawdown 5 %",
    "metric": "drawdown",
    "threshold": 0.05,
    "drawdown_peak": "since_rearm",
    "cooldown_seconds": 86_400,
    "actions": [{"kind": "close_all"}, {"kind": "pause_trading", "seconds": 86_400}],
}
BUNDLE: dict[str, Any] = {
    "kind": "standard",
    "seed": 7,
    "data": {
        "files": {"BTCUSDT": "btc.csv", "ETHUSDT": "eth.csv"},
        "funding": {"BTCUSDT": "f.csv"},
    },
    "account": {"leverage": 2.0, "slippage_bps": 2.0, "bounds": "both"},
    "strategy": {
        "name": "sma_cross",
        "params": {"fast": 5, "slow": 20},
        "direction": "long_short",
        "size": {"kind": "equity_fraction", "value": 0.4},
        "stop_loss": 0.05,
    },
    "breakers": [DRAWDOWN],
}


def write_data(folder: Path, *, seed: int = 1, n_bars: int = 600) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for name in ("btc.csv", "eth.csv"):
        random_frame(rng, n_bars, volatility=0.01).to_csv(folder / name)
    rates = random_frame(rng, n_bars).iloc[::8][["volume"]] * 0.0001
    rates.rename(columns={"volume": "funding_rate"}).to_csv(folder / "f.csv")


def run(folder: Path, out: str = "run", **changes: Any) -> BacktestResult:  # noqa: ANN401
    if not (folder / "btc.csv").exists():
        write_data(folder)
    bundle: Mapping[str, Any] = {**BUNDLE, **changes}
    return run_bundle(bundle, folder / out, home=folder / "home", base=folder)


def test_a_bundle_leaves_a_folder_with_everything(tmp_path: Path) -> None:
    result = run(tmp_path)
    document = json.loads((tmp_path / "run" / "result.json").read_text(encoding="utf-8"))
    assert document["counts"] == result.counts
    assert document["counts"]["orders"] > 10
    assert document["metrics"]["final_equity"] == result.equity.iloc[-1]
    assert set(document["bounds"]) == {"pessimistic", "optimistic", "adverse_max_drawdown"}
    assert set(document["data_quality"]) == {"BTCUSDT", "ETHUSDT"}
    bundle = tomllib.loads((tmp_path / "run" / "bundle.toml").read_text(encoding="utf-8"))
    assert set(bundle["data_sha256"]) == {"BTCUSDT", "BTCUSDT funding", "ETHUSDT"}
    assert bundle["data"]["files"]["BTCUSDT"] == str(tmp_path / "btc.csv")


def test_the_trades_of_a_run_add_up_to_what_it_earned(tmp_path: Path) -> None:
    result = run(tmp_path)
    earned = result.equity.iloc[-1] - result.equity.iloc[0]
    assert result.trades["pnl"].sum() == pytest.approx(earned, rel=1e-9)
    assert result.trades["fees"].sum() == pytest.approx(result.orders["fee"].sum(), rel=1e-9)
    assert result.trades["funding"].sum() == pytest.approx(result.run.payments.amount.sum())


def test_a_run_of_a_run_is_the_same_to_the_byte(tmp_path: Path) -> None:
    run(tmp_path)
    report = rerun_folder(tmp_path / "run", home=tmp_path / "home")
    assert (report.differing, report.other_versions) == ((), ())
    again = read_bundle(tmp_path / "run" / "bundle.toml")
    run_bundle(again, tmp_path / "again", home=tmp_path / "home")
    assert files_in(tmp_path / "again") == files_in(tmp_path / "run")


def test_a_file_that_somebody_changed_is_named(tmp_path: Path) -> None:
    run(tmp_path)
    for name in ("trades.csv", "equity.csv"):
        path = tmp_path / "run" / name
        path.write_bytes(path.read_bytes() + b"\n")
    (tmp_path / "run" / "orders.csv").unlink()
    (tmp_path / "run" / "report.json").write_text("{}")
    report = rerun_folder(tmp_path / "run", home=tmp_path / "home")
    assert report.differing == ("equity.csv", "orders.csv", "trades.csv")


def test_other_versions_are_told(tmp_path: Path) -> None:
    run(tmp_path)
    path = tmp_path / "run" / "bundle.toml"
    bundle = read_bundle(path)
    bundle["versions"]["numpy"] = "0.1"
    path.write_text(tomli_w.dumps(bundle))
    report = rerun_folder(tmp_path / "run", home=tmp_path / "home")
    assert report.differing == ("bundle.toml",)
    assert [told.startswith("numpy was 0.1, here it is") for told in report.other_versions] == [
        True
    ]


def test_data_that_changed_since_is_told_instead_of_run(tmp_path: Path) -> None:
    run(tmp_path)
    write_data(tmp_path, seed=2)
    with pytest.raises(DataError, match=r"data changed since .*: BTCUSDT, ETHUSDT; without"):
        rerun_folder(tmp_path / "run", home=tmp_path / "home")
    with pytest.raises(DataError, match="data changed"):
        run(tmp_path, "again", **read_bundle(tmp_path / "run" / "bundle.toml"))


def test_stored_series_run_with_their_funding(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_data(tmp_path)
    name = SeriesName("binance_usdm", "BTCUSDT", "1h")
    open_bar_store(home).import_file(tmp_path / "btc.csv", name)
    open_funding_store(home).import_file(
        tmp_path / "f.csv", ContractName("binance_usdm", "BTCUSDT")
    )
    data = {"venue": "binance_usdm", "symbols": ["BTCUSDT"], "timeframe": "1h"}
    result = run(tmp_path, data=data)
    assert result.metrics["funding"] != 0.0
    assert rerun_folder(tmp_path / "run", home=home).differing == ()


BAD: list[tuple[dict[str, Any], type[EtrmsError], str]] = [
    ({"kind": "optimization"}, ConfigurationError, "kind: optimization runs do not exist yet"),
    ({"kind": "replay"}, ConfigurationError, "kind: must be 'standard'"),
    ({"data": None}, ConfigurationError, "data: is missing"),
    ({"data": {"files": {"BTCUSDT": "no.csv"}}}, DataError, "no.csv: cannot be read"),
    ({"data": {"files": {"B": "empty.csv"}}}, DataError, "empty.csv: the file is empty"),
    ({"data": {"files": {"B": "f.csv"}}}, DataError, "f.csv: there is no column open"),
    ({"account": {"initial_capital": 0}}, ConfigurationError, "account.initial_capital: is a num"),
    ({"strategy": {"name": "sma_crss"}}, ConfigurationError, "strategy.name"),
    (
        {"strategy": {"name": "sma_cross", "params": {"fast": 5000, "slow": 20}}},
        ConfigurationError,
        "strategy.params.fast",
    ),
    (
        {"strategy": {"name": "sma_cross", "params": {"fast": 20, "slow": 20}}},
        ConfigurationError,
        "fast",
    ),
    (
        {"strategy": {"name": "sma_cross", "params": {"fsat": 20}}},
        ConfigurationError,
        "strategy.params.fsat",
    ),
    ({"breakers": [{**DRAWDOWN, "metric": "x"}]}, ConfigurationError, "breakers.0.metric: no metr"),
    ({"instruments": {"XRP": {}}}, ConfigurationError, "instruments.XRP: has no bars"),
    ({"data_sha256": 5}, ConfigurationError, "data_sha256: must be a table"),
]


@pytest.mark.parametrize(("changes", "kind", "told"), BAD, ids=[row[2] for row in BAD])
def test_bad_input_is_named_and_leaves_nothing(
    changes: dict[str, Any], kind: type[EtrmsError], told: str, tmp_path: Path
) -> None:
    write_data(tmp_path)
    (tmp_path / "empty.csv").write_text("")
    before = files_in(tmp_path)
    with pytest.raises(kind) as caught:
        run(tmp_path, **changes)
    assert told in str(caught.value)
    assert files_in(tmp_path) == before


def test_a_strategy_needs_more_bars_than_its_longest_window(tmp_path: Path) -> None:
    write_data(tmp_path, n_bars=30)
    strategy = {"name": "sma_cross", "params": {"fast": 5, "slow": 200}}
    with pytest.raises(DataError, match="BTCUSDT: SMA cross needs 201 observations, received 30"):
        run(tmp_path, strategy=strategy)


def test_a_folder_with_a_run_is_replaced_only_when_asked_to(tmp_path: Path) -> None:
    run(tmp_path)
    told: list[str] = []
    with pytest.raises(StorageError, match="holds a run already"):
        run_bundle(
            BUNDLE,
            tmp_path / "run",
            home=tmp_path,
            base=tmp_path,
            progress=lambda fraction, words: told.append(words),
        )
    assert told == []
    run_bundle(BUNDLE, tmp_path / "run", home=tmp_path, base=tmp_path, replace=True)


def test_a_disk_that_is_full_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_data(tmp_path)
    before = files_in(tmp_path)

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(StorageError, match="No space left on device"):
        run(tmp_path)
    assert files_in(tmp_path) == before


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    write_data(tmp_path)
    told: list[float] = []
    run_bundle(
        BUNDLE,
        tmp_path / "run",
        home=tmp_path,
        base=tmp_path,
        progress=lambda fraction, words: told.append(fraction),
    )
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_breakers_that_never_fire_change_nothing(tmp_path: Path) -> None:
    calm = {**DRAWDOWN, "threshold": 0.99}
    without, armed = run(tmp_path, "a", breakers=[]), run(tmp_path, "b", breakers=[calm])
    assert armed.equity.equals(without.equity)
    assert armed.orders.equals(without.orders)
    assert len(armed.breaker_events) == 0
    firing = run(tmp_path, "c")
    assert (firing.breaker_events["kind"] == "triggered").any()
    assert not firing.equity.equals(without.equity)


@pytest.mark.parametrize(
    ("text", "told"),
    [("kind = ", "it is not TOML"), ("\udcff", "no text in UTF-8"), (None, "No such file")],
)
def test_a_bundle_that_cannot_be_read_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bundle.toml"
    if text is not None:
        path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    with pytest.raises(DataError, match=rf"bundle\.toml cannot be read: .*{told}"):
        read_bundle(path)


def test_a_replay_is_not_run_again_here(tmp_path: Path) -> None:
    (tmp_path / "bundle.toml").write_text('kind = "replay"\n')
    with pytest.raises(ConfigurationError, match="etrms replay"):
        rerun_folder(tmp_path, home=tmp_path)
