"""A person's pause: positions may only shrink until it is over."""

from datetime import timedelta

import pytest

from etrms_core.domain.events import DeskEventKind
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.engine.manual_pause import SOURCE, end_pause, pause
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.restrictions import OrderScope, Restriction, TradingState, refusal
from etrms_core.errors import ConfigurationError
from tests.builders import NOW

HOUR = timedelta(hours=1)
BREAKER = Restriction(PORTFOLIO, TradingState.HALTED, NOW, None, "a-rule", "it fired")
ORDER = OrderScope("paper", "BTCUSDT", "manual")


def test_a_pause_blocks_new_risk_and_lets_positions_shrink() -> None:
    paused, event = pause(CycleMemory(), until=NOW + HOUR, reason="news", now=NOW)
    assert (paused.restrictions, paused.blocks) == (paused.blocks, paused.restrictions)
    (block,) = paused.blocks
    assert (block.state, block.until, block.source) == (TradingState.REDUCING, NOW + HOUR, SOURCE)
    assert "a person paused trading: news" in str(refusal(paused.blocks, ORDER, adds_risk=True))
    assert refusal(paused.blocks, ORDER, adds_risk=False) is None
    assert event.kind is DeskEventKind.TRADING_PAUSED
    assert "news" in event.detail


def test_a_second_pause_replaces_the_first_and_only_lengthens_it() -> None:
    paused, _ = pause(CycleMemory(), until=NOW + HOUR, reason="", now=NOW)
    longer, _ = pause(paused, until=NOW + 2 * HOUR, reason="", now=NOW)
    assert [each.until for each in longer.blocks] == [NOW + 2 * HOUR]
    with pytest.raises(ConfigurationError, match="not before one that stands"):
        pause(longer, until=NOW + HOUR, reason="", now=NOW)


@pytest.mark.parametrize("lasting", [timedelta(0), -HOUR])
def test_a_pause_that_is_over_already_is_refused(lasting: timedelta) -> None:
    with pytest.raises(ConfigurationError, match="future"):
        pause(CycleMemory(), until=NOW + lasting, reason="", now=NOW)


def test_ending_it_leaves_what_breakers_restrict() -> None:
    memory = CycleMemory(restrictions=(BREAKER,), blocks=(BREAKER,))
    paused, _ = pause(memory, until=NOW + HOUR, reason="", now=NOW)
    ended, event = end_pause(paused, who="Ada", now=NOW)
    assert (ended.restrictions, ended.blocks) == ((BREAKER,), (BREAKER,))
    assert event.detail == "Ada ended the pause"
    with pytest.raises(ConfigurationError, match="no person's pause"):
        end_pause(ended, who="Ada", now=NOW)


def test_it_survives_being_stored() -> None:
    paused, _ = pause(CycleMemory(), until=NOW + HOUR, reason="", now=NOW)
    assert memory_from_document(memory_document(paused)).blocks == paused.blocks
