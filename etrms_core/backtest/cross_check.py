"""Which runs another engine can repeat: plain signals on one symbol, and nothing else."""

from collections.abc import Mapping
from typing import Any

STOPS = ("stop_loss", "take_profit", "trailing_stop")
PLAIN_SIZES = ("equity_fraction", "notional", "quantity")


def reason_against(bundle: Mapping[str, Any]) -> str:
    """Say why vectorbt cannot repeat a run; empty when it can.

    Parameters
    ----------
    bundle : mapping
        As submitted, or with every default written out.
    """
    strategy, account = _table(bundle, "strategy"), _table(bundle, "account")
    data = _table(bundle, "data")
    symbols = data.get("symbols") or data.get("files") or ()
    reasons = {
        "vectorbt knows no circuit breakers": _has_breakers(bundle),
        "it fills stops by other rules inside a bar": _has_any(strategy, STOPS),
        "it knows no leverage above 1": float(account.get("leverage", 1.0)) > 1.0,
        "it knows no funding": bool(_table(data, "funding")),
        "it fills every order whole": account.get("volume_share") is not None,
        "the check is made for one symbol": len(symbols) != 1,
        "it rounds prices and sizes by other rules": _has_steps(bundle),
    }
    found = next((reason for reason, applies in reasons.items() if applies), "")
    return found or _reason_against_size(strategy)


def _has_breakers(bundle: Mapping[str, Any]) -> bool:
    return any(rule.get("enabled", True) for rule in bundle.get("breakers") or [])


def _has_any(table: Mapping[str, Any], names: tuple[str, ...]) -> bool:
    return any(table.get(name) is not None for name in names)


def _reason_against_size(strategy: Mapping[str, Any]) -> str:
    size = _table(strategy, "size").get("kind", "equity_fraction")
    if size not in PLAIN_SIZES:
        return f"it has no size by {str(size).replace('_', ' ')}"
    if size == "equity_fraction" and strategy.get("direction", "long_only") != "long_only":
        return "it sizes shorts by equity in another way"
    return ""


def _has_steps(bundle: Mapping[str, Any]) -> bool:
    steps = ("tick_size", "lot_size", "minimum_notional")
    instruments = _table(bundle, "instruments").values()
    return any(float(each.get(step) or 0.0) > 0.0 for each in instruments for step in steps)


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}
