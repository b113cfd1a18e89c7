"""A replay that is stopped and taken up again equals one run."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from etrms_core.bootstrap.replay_venue import open_replay_venue
from etrms_core.engine.memory_document import memory_hash
from etrms_core.errors import StorageError
from etrms_core.services.replay import ReplaySetup, ReplayState, run_replay, start_replay
from etrms_core.services.replay_checkpoint import (
    FILE_NAME,
    CheckpointFile,
    input_fingerprint,
    save_regularly,
)
from etrms_core.services.replay_inputs import AlignedBars
from tests.engine.desk import make_rule
from tests.services.replays import checkpoint_file, play, random_case, take_up


def interrupt(state: ReplayState) -> None:
    raise KeyboardInterrupt


def play_one_bar_at_a_time(
    directory: Path, bars: AlignedBars, setup: ReplaySetup
) -> tuple[ReplayState, int]:
    """Stop after every bar; each part knows only what the file of the part before holds."""
    interruptions = 0
    while True:
        file = checkpoint_file(directory, bars, setup)
        state, venue = take_up(file, bars, setup)
        if state.next_bar == len(bars.times):
            return state, interruptions
        with pytest.raises(KeyboardInterrupt):
            run_replay(bars, setup, state, venue, after_bar=interrupt)
        file.save(state, venue)
        interruptions += 1


def saved(directory: Path, *, bars_played: int = 12) -> tuple[AlignedBars, ReplaySetup]:
    """Leave a checkpoint in the middle of a replay."""
    bars, setup = random_case(0)

    def stop(state: ReplayState) -> None:
        if state.next_bar == bars_played:
            raise KeyboardInterrupt

    venue = open_replay_venue(bars, setup)
    state = start_replay(bars, setup, venue)
    with pytest.raises(KeyboardInterrupt):
        run_replay(bars, setup, state, venue, after_bar=stop)
    checkpoint_file(directory, bars, setup).save(state, venue)
    return bars, setup


@pytest.mark.parametrize("seed", range(6))
def test_a_replay_interrupted_at_every_bar_equals_one_run(seed: int, tmp_path: Path) -> None:
    bars, setup = random_case(seed)
    once = play(bars, setup)
    parts, interruptions = play_one_bar_at_a_time(tmp_path, bars, setup)
    assert interruptions == len(bars.times)
    assert parts.equity == once.equity
    assert parts.fills == once.fills
    assert parts.funding == once.funding
    assert parts.events == once.events
    assert parts.peak_nav == once.peak_nav
    assert memory_hash(parts.memory) == memory_hash(once.memory)


def test_the_random_cases_do_everything_a_checkpoint_must_keep() -> None:
    states = [play(*random_case(seed)) for seed in range(6)]
    reasons = {fill.reason for state in states for fill in state.fills}
    kinds = {event.kind.value for state in states for event in state.events}
    actions = {event.action.partition("(")[0] for state in states for event in state.events}
    assert reasons >= {"breaker", "stop_loss"}
    assert kinds >= {"triggered", "acted", "cooling_down", "rearmed"}
    assert actions >= {"reduce_position", "close_position", "pause_trading", "place_guard_stop"}


def test_without_a_file_there_is_nothing_to_take_up(tmp_path: Path) -> None:
    assert CheckpointFile(tmp_path / "new", fingerprint="a").load() is None


def test_another_input_does_not_take_up_a_foreign_checkpoint(tmp_path: Path) -> None:
    bars, setup = saved(tmp_path)
    assert checkpoint_file(tmp_path, bars, setup).load() is not None
    assert checkpoint_file(tmp_path, bars, replace(setup, capital=3_001.0)).load() is None


@pytest.mark.parametrize(
    "change",
    [
        lambda setup: replace(setup, capital=3_000.5),
        lambda setup: replace(setup, leverage=4.5),
        lambda setup: replace(setup, time_zone="Europe/Berlin"),
        lambda setup: replace(setup, positions=setup.positions[:2]),
        lambda setup: replace(setup, rules=setup.rules[::-1]),
        lambda setup: replace(setup, rules=(*setup.rules, make_rule())),
        lambda setup: replace(setup, funding={}),
    ],
)
def test_the_fingerprint_hears_every_change_of_the_setup(
    change: Callable[[ReplaySetup], ReplaySetup],
) -> None:
    bars, setup = random_case(0)
    assert input_fingerprint(bars, change(setup)) != input_fingerprint(bars, setup)


def test_the_fingerprint_hears_every_price_and_time() -> None:
    bars, setup = random_case(0)
    tables = {symbol: table.copy() for symbol, table in bars.tables.items()}
    tables["BBB"][0, 4] += 1e-9
    later = tuple(moment + bars.timeframe for moment in bars.times)
    renamed = {f"X{symbol}": table for symbol, table in bars.tables.items()}
    changed = [
        replace(bars, tables=tables),
        replace(bars, times=later),
        replace(bars, tables=renamed),
        replace(bars, timeframe=2 * bars.timeframe),
    ]
    assert input_fingerprint(bars, setup) not in {input_fingerprint(b, setup) for b in changed}


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"5", b"\xff\xfe\x00", b"{}", b'"fingerprint"'],
)
def test_a_file_that_is_no_checkpoint_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(StorageError, match=r"\.replay\.json is damaged; remove it"):
        CheckpointFile(tmp_path, fingerprint="a").load()


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.pop("memory"),
        lambda document: document.update(memory=None),
        lambda document: document.update(memory={}),
        lambda document: document["memory"].pop("navs"),
        lambda document: document["memory"].update(accounts=[]),
        lambda document: document["memory"].update(version=0),
        lambda document: document.update(equity=[{"time": "now"}]),
        lambda document: document.update(next_bar="third"),
        lambda document: document.update(next_bar=-1),
        lambda document: document.update(peak_nav=None),
        lambda document: document.update(fills={}),
        lambda document: document.pop("venue"),
        lambda document: document.update(venue=None),
    ],
)
def test_a_damaged_checkpoint_is_a_storage_error_that_names_the_file(
    change: Callable[[dict[str, Any]], object], tmp_path: Path
) -> None:
    bars, setup = saved(tmp_path)
    rewrite(tmp_path / FILE_NAME, change)
    with pytest.raises(StorageError, match=r"\.replay\.json is damaged; remove it"):
        checkpoint_file(tmp_path, bars, setup).load()


def test_a_checkpoint_cut_off_anywhere_is_damaged(tmp_path: Path) -> None:
    bars, setup = saved(tmp_path)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    for length in range(0, len(whole), len(whole) // 23):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError, match="damaged"):
            checkpoint_file(tmp_path, bars, setup).load()


def test_a_checkpoint_replaces_the_one_before_and_leaves_no_other_file(tmp_path: Path) -> None:
    bars, setup = saved(tmp_path, bars_played=3)
    file = checkpoint_file(tmp_path, bars, setup)
    state, venue = take_up(file, bars, setup)
    file.save(replace_next_bar(state, 4), venue)
    known = file.load()
    assert known is not None
    assert known.state.next_bar == 4
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    file.remove()
    file.remove()
    assert list(tmp_path.iterdir()) == []


def replace_next_bar(state: ReplayState, next_bar: int) -> ReplayState:
    return replace(state, next_bar=next_bar)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    bars, setup = random_case(0)
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    file = checkpoint_file(tmp_path / "taken", bars, setup)
    venue = open_replay_venue(bars, setup)
    with pytest.raises(StorageError, match="taken"):
        file.save(start_replay(bars, setup, venue), venue)


def test_who_stops_a_replay_after_a_bar_leaves_a_checkpoint_of_that_bar(tmp_path: Path) -> None:
    bars, setup = random_case(0)
    file = checkpoint_file(tmp_path, bars, setup)
    state, venue = take_up(file, bars, setup)
    with pytest.raises(KeyboardInterrupt):
        run_replay(
            bars, setup, state, venue, after_bar=save_regularly(file, venue, progress=interrupt)
        )
    known = file.load()
    assert known is not None
    assert known.state.next_bar == 1


def test_progress_is_told_after_every_bar(tmp_path: Path) -> None:
    bars, setup = random_case(0)
    file = checkpoint_file(tmp_path, bars, setup)
    state, venue = take_up(file, bars, setup)
    seen: list[int] = []
    after_bar = save_regularly(file, venue, progress=lambda each: seen.append(each.next_bar))
    run_replay(bars, setup, state, venue, after_bar=after_bar)
    assert seen == list(range(1, len(bars.times) + 1))
