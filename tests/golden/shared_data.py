"""Recorded data that lies beside the project, in ``shared/data``; it is not part of the project."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parents[2].parent / "shared" / "data"


def shared_file(name: str) -> Path:
    """Return a recorded file, or skip the test where the folder is absent."""
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"recorded data is not here: {path}")
    return path
