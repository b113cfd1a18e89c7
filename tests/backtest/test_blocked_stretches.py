"""When entries were blocked, by hand."""

from typing import Any

import pandas as pd
import pytest

from etrms_core.backtest.blocked_stretches import blocked_stretches

END = 1_000_000
PAUSE = {"kind": "pause_trading", "seconds": 100}


def happened(*told: tuple[int, str], name: str = "guard", scope: str = "portfolio") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time": pd.to_datetime([at for at, _ in told], unit="ms", utc=True),
            "breaker": name,
            "scope": scope,
            "kind": [kind for _, kind in told],
        }
    )


def spans(events: pd.DataFrame, *actions: dict[str, Any]) -> list[list[Any]]:
    bundle = {"breakers": [{"name": "guard", "actions": list(actions)}]}
    found = blocked_stretches(events, bundle, END)
    return [list(each["spans"]) for each in found]


def test_a_pause_blocks_for_its_seconds_and_ends_with_the_run() -> None:
    assert spans(happened((5_000, "triggered")), PAUSE) == [[(5_000, 105_000)]]
    assert spans(happened((950_000, "triggered")), PAUSE) == [[(950_000, END)]]


@pytest.mark.parametrize("kind", ["waiting_reset", "latched"])
@pytest.mark.parametrize("freed", ["rearmed", "reset"])
def test_waiting_and_latched_block_until_armed_again(kind: str, freed: str) -> None:
    events = happened((1_000, "triggered"), (2_000, kind), (9_000, freed))
    assert spans(events, {"kind": "close_all"}) == [[(2_000, 9_000)]]


def test_reduce_only_blocks_from_the_trigger_on() -> None:
    events = happened((1_000, "triggered"), (2_000, "cooling_down"))
    assert spans(events, {"kind": "reduce_only_mode"}) == [[(1_000, END)]]


def test_cooling_down_alone_blocks_nothing() -> None:
    events = happened((1_000, "triggered"), (2_000, "cooling_down"), (9_000, "rearmed"))
    assert spans(events, {"kind": "close_all"}) == []


def test_a_breaker_that_only_notifies_blocks_nothing() -> None:
    events = happened((1_000, "triggered"), (2_000, "waiting_reset"))
    assert spans(events, {"kind": "notify"}) == []


def test_stretches_that_touch_are_joined_across_scopes() -> None:
    both = pd.concat(
        [happened((1_000, "triggered")), happened((50_000, "triggered"), scope="symbol:BTCUSDT")]
    )
    assert spans(both, PAUSE) == [[(1_000, 150_000)]]


def test_no_event_blocks_nothing() -> None:
    assert blocked_stretches(happened(), {}, END) == []
