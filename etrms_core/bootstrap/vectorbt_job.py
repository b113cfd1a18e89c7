"""The check of a run against vectorbt, as a worker does it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from etrms_core.adapters.compute.vectorbt_check import OtherEngine, run_in_vectorbt
from etrms_core.adapters.storage.disk_trouble import disk_errors
from etrms_core.backtest.configuration import BacktestConfiguration
from etrms_core.backtest.cross_check import reason_against
from etrms_core.backtest.data_section import DataSection
from etrms_core.backtest.market import CLOSE, OPEN
from etrms_core.backtest.market_frames import Frames, build_market
from etrms_core.backtest.strategy_signals import SignalSource, market_signals
from etrms_core.bootstrap.bundle_data import read_bundle_data
from etrms_core.bootstrap.machine_clock import utc_now
from etrms_core.bootstrap.run_extras import read_bundle
from etrms_core.errors import DataError

CHECK = "vectorbt_check.json"
RUNS, STRATEGIES = "runs", "strategies"
Progress = Callable[[float, str], None]


def run_vectorbt_job(
    document: Mapping[str, Any], _job_id: str, home: Path, progress: Progress
) -> None:
    """Repeat the run that the document names, and write what came out beside its tables."""
    folder = home / RUNS / str(document["run"])
    found = check_run(folder, home, progress)
    with disk_errors(folder):
        (folder / CHECK).write_text(json.dumps(found), encoding="utf-8")


def check_run(folder: Path, home: Path, progress: Progress) -> dict[str, Any]:
    """Return both final equities, or why the check does not apply.

    Raises
    ------
    DataError
        If the folder holds no finished run.
    """
    bundle, metrics = read_bundle(folder), _metrics(folder)
    reason = reason_against(bundle) or _reason_against_result(metrics)
    if reason:
        return {"applies": False, "reason": reason}
    configuration = BacktestConfiguration.from_mapping(bundle)
    progress(0.1, "Reads the bars")
    section = DataSection.from_mapping(bundle["data"])
    bars = read_bundle_data(section, home=home, base=folder, now=utc_now()).bars
    from etrms_core.backtest.strategies import find_strategy  # noqa: PLC0415

    strategy = find_strategy(configuration.strategy, home / STRATEGIES)
    progress(0.3, "Runs vectorbt")
    other = repeat_in_vectorbt(bars, configuration, strategy)
    if other is None:
        return {"applies": False, "reason": "the strategy holds a target instead of signals"}
    ours = float(metrics["final_equity"])
    return {
        "applies": True,
        "ours": ours,
        "theirs": other.final_equity,
        "difference": ours - other.final_equity,
        "orders": other.orders,
    }


def repeat_in_vectorbt(
    bars: Frames, configuration: BacktestConfiguration, strategy: SignalSource
) -> OtherEngine | None:
    """Trade a strategy's signals on one symbol in vectorbt; None when it gives no signals."""
    data = build_market(bars)
    (signals,) = market_signals(strategy, data, configuration.params)
    if signals.codes is None:
        return None
    (prices,) = data.market.bars
    return run_in_vectorbt(
        prices[OPEN],
        prices[CLOSE],
        signals.codes,
        account=configuration.account,
        trading=configuration.trading,
    )


def _reason_against_result(metrics: Mapping[str, Any]) -> str:
    if metrics.get("funding"):
        return "it knows no funding"
    return "it knows no liquidations" if metrics.get("liquidations") else ""


def _metrics(folder: Path) -> dict[str, Any]:
    try:
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        return dict(result["metrics"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder.name}: result.json cannot be read: {error}") from error
