"""A pause that a person takes: positions may only shrink until it is over."""

from dataclasses import replace
from datetime import datetime

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.identifiers import PORTFOLIO
from etrms_core.engine.memory import CycleMemory
from etrms_core.engine.restrictions import Restriction, TradingState
from etrms_core.errors import ConfigurationError

# No rule has an id with a colon.
SOURCE = "person:pause"


def pause(
    memory: CycleMemory, *, until: datetime, reason: str, now: datetime
) -> tuple[CycleMemory, DeskEvent]:
    """Pause everything; a second pause may last longer but never shorter.

    Raises
    ------
    ConfigurationError
        If it would be over already, or ends before one that stands.
    """
    standing = _standing(memory)
    if until <= now or (
        standing is not None and standing.until is not None and until < standing.until
    ):
        raise ConfigurationError("a pause ends in the future, and not before one that stands")
    text = f"a person paused trading: {reason}" if reason else "a person paused trading"
    block = Restriction(PORTFOLIO, TradingState.REDUCING, now, until, SOURCE, text)
    told = f"{text}, until {until.isoformat(timespec='seconds')}"
    return _with(memory, (block,)), DeskEvent(now, DeskEventKind.TRADING_PAUSED, SOURCE, told)


def end_pause(memory: CycleMemory, *, who: str, now: datetime) -> tuple[CycleMemory, DeskEvent]:
    """End a person's pause before its time; what breakers restrict stays.

    Raises
    ------
    ConfigurationError
        If there is none.
    """
    if _standing(memory) is None:
        raise ConfigurationError("no person's pause stands")
    kind = DeskEventKind.TRADING_RESUMED
    return _with(memory, ()), DeskEvent(now, kind, SOURCE, f"{who} ended the pause")


def _standing(memory: CycleMemory) -> Restriction | None:
    return next((each for each in memory.restrictions if each.source == SOURCE), None)


def _with(memory: CycleMemory, ours: tuple[Restriction, ...]) -> CycleMemory:
    return replace(
        memory,
        restrictions=(*ours, *(each for each in memory.restrictions if each.source != SOURCE)),
        blocks=(*ours, *(each for each in memory.blocks if each.source != SOURCE)),
    )
