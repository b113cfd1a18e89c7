"""When breakers let no new position open, told from their events."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

MOST_STRETCHES = 400
SECOND_MS = 1_000
BLOCKING = ("waiting_reset", "latched")
FREEING = ("rearmed", "reset")
Span = tuple[int, int]


def blocked_stretches(
    events: pd.DataFrame, bundle: Mapping[str, Any], end_ms: int
) -> list[dict[str, Any]]:
    """Return when entries were blocked somewhere, by breaker; stretches that touch are joined.

    A pause blocks for its seconds from the trigger on, reduce-only mode until a reset, and a
    breaker that waits for its reset or is latched until it is armed again. Breakers that only
    notify block nothing.

    Parameters
    ----------
    events : DataFrame
        Rows of breaker_events.csv, oldest first.
    bundle : mapping
        The run's configuration, with its breakers.
    end_ms : int
        When the run ends; milliseconds since 1970, UTC.

    Returns
    -------
    list of dict
        `breaker`, `spans` (pairs of milliseconds).
    """
    rules = {str(rule.get("name")): rule for rule in bundle.get("breakers") or []}
    found: dict[str, list[Span]] = {}
    for (name, _scope), mine in events.groupby(["breaker", "scope"], sort=False):
        rule = rules.get(str(name), {})
        spans = _spans(mine, _actions(rule), end_ms)
        if spans:
            found.setdefault(str(name), []).extend(spans)
    return [
        {"breaker": name, "spans": _joined(spans)[:MOST_STRETCHES]} for name, spans in found.items()
    ]


def _actions(rule: Mapping[str, Any]) -> dict[str, float]:
    actions = rule.get("actions") or []
    return {str(each.get("kind")): float(each.get("seconds") or 0.0) for each in actions}


def _spans(events: pd.DataFrame, actions: Mapping[str, float], end_ms: int) -> list[Span]:
    if actions and set(actions) == {"notify"}:
        return []
    times = pd.DatetimeIndex(events["time"]).as_unit("ms").asi8.tolist()
    told = list(zip(times, events["kind"], strict=True))
    pause = int(actions.get("pause_trading", 0.0) * SECOND_MS)
    pauses = [(at, min(end_ms, at + pause)) for at, kind in told if pause and kind == "triggered"]
    blocking = {*BLOCKING, "triggered"} if "reduce_only_mode" in actions else {*BLOCKING}
    return pauses + _between(told, blocking, end_ms)


def _between(told: Iterable[tuple[int, str]], blocking: set[str], end_ms: int) -> list[Span]:
    spans: list[Span] = []
    since: int | None = None
    for at, kind in told:
        if kind in blocking and since is None:
            since = at
        elif kind in FREEING and since is not None:
            spans.append((since, at))
            since = None
    return spans if since is None else [*spans, (since, end_ms)]


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
