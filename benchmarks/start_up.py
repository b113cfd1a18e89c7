"""From the start of the process to a healthy desk, and what it costs while nobody looks."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import psutil

from benchmarks.report import Line

IDLE_SECONDS = 30.0


def measure() -> Iterator[Line]:
    """Start the app on an empty home, wait for its health, then watch its CPU."""
    with tempfile.TemporaryDirectory() as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "app.cli", "run", "--port", str(port)],
            env={**os.environ, "ETRMS_HOME": home},
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for_health(port)
            healthy = time.perf_counter() - started
            busy = _busy_share(process.pid)
        finally:
            process.terminate()
            process.wait(30)
    yield Line("health_after_start", healthy, "empty home, kernels compiled", target_s=10.0)
    yield Line(
        "idle_cpu_share_of_a_core",
        busy,
        f"share of one core over {IDLE_SECONDS:.0f} s without a browser",
        target_s=0.02,
    )


def _wait_for_health(port: int) -> None:
    deadline = time.perf_counter() + 60.0
    url = f"http://127.0.0.1:{port}/api/v1/health"
    while time.perf_counter() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1.0) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(f"no healthy answer from {url}")


def _busy_share(pid: int) -> float:
    process = psutil.Process(pid)
    time.sleep(3.0)
    before = process.cpu_times()
    time.sleep(IDLE_SECONDS)
    after = process.cpu_times()
    used = after.user + after.system - before.user - before.system
    return used / IDLE_SECONDS
