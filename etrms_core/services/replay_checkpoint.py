"""Stopping a replay in the middle and going on as if nothing had happened."""

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter

from etrms_core.breakers.rule_document import rule_mappings
from etrms_core.domain.account import FundingPayment
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.order import Fill
from etrms_core.engine.memory_document import memory_document, memory_from_document
from etrms_core.engine.ports import BarVenue
from etrms_core.errors import StorageError
from etrms_core.services.replay import EquityRow, ReplaySetup, ReplayState
from etrms_core.services.replay_inputs import AlignedBars

FILE_NAME = ".replay.json"
SECONDS_BETWEEN = 5.0

_EQUITY = TypeAdapter(list[EquityRow])
_FILLS = TypeAdapter(list[Fill])
_FUNDING = TypeAdapter(list[FundingPayment])
_EVENTS = TypeAdapter(list[BreakerEvent])


class _Document(BaseModel):
    next_bar: int = Field(ge=0)
    peak_nav: float
    memory: dict[str, Any]
    venue: dict[str, Any]
    equity: list[EquityRow]
    fills: list[Fill]
    funding: list[FundingPayment]
    events: list[BreakerEvent]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A replay in the middle: its state, and the venue's account as a document."""

    state: ReplayState
    venue: dict[str, Any]


class CheckpointFile:
    """The checkpoint in a replay's folder, bound to the inputs it belongs to."""

    def __init__(self, directory: Path, *, fingerprint: str) -> None:
        self._path = directory / FILE_NAME
        self._fingerprint = fingerprint

    def load(self) -> Checkpoint | None:
        """Return the checkpoint; None when there is none, or one of other inputs.

        Raises
        ------
        StorageError
            If the file is there but damaged.
        """
        if not self._path.exists():
            return None
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
            if document["fingerprint"] != self._fingerprint:
                return None
            read = _Document.model_validate(document)
            state = ReplayState(
                memory=memory_from_document(read.memory),
                next_bar=read.next_bar,
                peak_nav=read.peak_nav,
                equity=read.equity,
                fills=read.fills,
                funding=read.funding,
                events=read.events,
            )
        except (OSError, ValueError, KeyError, TypeError, StorageError) as error:
            raise self.damaged() from error
        return Checkpoint(state, read.venue)

    def damaged(self) -> StorageError:
        """Say that the checkpoint cannot be gone on from."""
        return StorageError(f"{self._path} is damaged; remove it to start the replay anew")

    def save(self, state: ReplayState, venue: BarVenue) -> None:
        """Replace the checkpoint whole."""
        document = {
            "fingerprint": self._fingerprint,
            "next_bar": state.next_bar,
            "peak_nav": state.peak_nav,
            "memory": memory_document(state.memory),
            "venue": venue.document(),
            "equity": _EQUITY.dump_python(state.equity, mode="json"),
            "fills": _FILLS.dump_python(state.fills, mode="json"),
            "funding": _FUNDING.dump_python(state.funding, mode="json"),
            "events": _EVENTS.dump_python(state.events, mode="json"),
        }
        temporary = self._path.with_suffix(".tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("w", encoding="utf-8") as file:
                json.dump(document, file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except OSError as error:
            raise StorageError(f"{self._path} cannot be written: {error}") from error

    def remove(self) -> None:
        """Forget the checkpoint of a replay that is finished."""
        self._path.unlink(missing_ok=True)


def input_fingerprint(bars: AlignedBars, setup: ReplaySetup) -> str:
    """Hash everything that decides a replay."""
    digest = hashlib.sha256()
    for symbol, table in bars.tables.items():
        digest.update(symbol.encode())
        digest.update(table.tobytes())
    described = {
        "timeframe": bars.timeframe.total_seconds(),
        "times": [moment.isoformat() for moment in bars.times],
        "positions": [position.model_dump(mode="json") for position in setup.positions],
        "rules": rule_mappings(setup.rules),
        "account": [setup.capital, setup.leverage, setup.time_zone],
        "funding": {
            symbol: [asdict(each) for each in settlements]
            for symbol, settlements in setup.funding.items()
        },
    }
    digest.update(json.dumps(described, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def save_regularly(
    file: CheckpointFile, venue: BarVenue, *, progress: Callable[[ReplayState], None]
) -> Callable[[ReplayState], None]:
    """Return the callback that reports progress and saves a checkpoint every few seconds.

    `progress` stops the replay by raising KeyboardInterrupt: only between bars a checkpoint is
    whole, so it is saved here and nowhere else.
    """
    last = time.monotonic()

    def after_bar(state: ReplayState) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN:
            file.save(state, venue)
            last = time.monotonic()
        try:
            progress(state)
        except KeyboardInterrupt:
            file.save(state, venue)
            raise

    return after_bar
