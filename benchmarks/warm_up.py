"""`etrms warm-up` from an empty cache."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

from benchmarks.report import Line


def measure() -> Iterator[Line]:
    """Compile everything into an empty folder, then load it again."""
    with tempfile.TemporaryDirectory() as folder:
        cold, document = _run(folder)
        warm, _ = _run(folder)
    yield Line(
        "warm_up_from_an_empty_cache",
        cold,
        f"{document['kernels']} kernels; with a full cache {warm:.1f} s",
        target_s=90.0,
    )


def _run(folder: str) -> tuple[float, dict[str, float]]:
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "warm-up", "--json"],
        env={**os.environ, "ETRMS_KERNEL_CACHE": folder},
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - started, json.loads(done.stdout)
