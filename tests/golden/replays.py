"""Running `etrms replay`'s use case on frames and files."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from etrms_core.bootstrap.replay_run import ReplayRequest, replay_files
from etrms_core.breakers.rule_document import parse_rules
from etrms_core.services.replay_inputs import GivenPosition


def run(
    out: Path,
    bars: dict[str, Path],
    positions: list[dict[str, Any]],
    breakers: list[dict[str, Any]],
    *,
    capital: float,
) -> Path:
    """Replay files and return the folder of results."""
    replay_files(
        ReplayRequest(
            bars=bars,
            positions=tuple(GivenPosition.model_validate(row) for row in positions),
            rules=parse_rules(breakers),
            capital=capital,
            leverage=5.0,
            out=out,
        )
    )
    return out


def table(folder: Path, name: str) -> pd.DataFrame:
    """Read one of the CSV files."""
    return pd.read_csv(folder / name)


def sha256(folder: Path, name: str) -> str:
    """Hash one file."""
    return hashlib.sha256((folder / name).read_bytes()).hexdigest()


def files(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
