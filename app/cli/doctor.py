"""What has to be right before a desk can guard anything."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from etrms_core.bootstrap import open_desk
from etrms_core.errors import EtrmsError
from etrms_core.kernels.compile_cache import cache_directory
from etrms_core.settings import load_settings

SMALLEST_FREE_BYTES = 500_000_000
OLDEST_PLAUSIBLE_CLOCK = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: its sentence says what was seen and, when it failed, what to do."""

    name: str
    ok: bool
    detail: str


def check_everything(home: Path) -> tuple[Check, ...]:
    """Run every check; one that breaks is a failed check, not a crash."""
    probes: dict[str, Callable[[], Check]] = {
        "python": _python,
        "packages": _packages,
        "kernels": _kernels,
        "disk": lambda: _disk(home),
        "settings": lambda: _settings(home),
        "clock": _clock,
        "desk": lambda: _desk(home),
    }
    return tuple(_attempt(name, probe) for name, probe in probes.items())


def _attempt(name: str, probe: Callable[[], Check]) -> Check:
    try:
        return probe()
    except (EtrmsError, OSError) as error:
        return Check(name, False, str(error))


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    return Check("python", sys.version_info >= (3, 11), f"{found}, 3.11 or newer is needed")


def _packages() -> Check:
    missing = []
    for requirement in metadata.requires("etrms") or []:
        name = requirement.split(";")[0].split("[")[0]
        name = name.rstrip("0123456789.,<>=!~* ").strip()
        if "extra ==" not in requirement:
            try:
                metadata.version(name)
            except metadata.PackageNotFoundError:
                missing.append(name)
    text = f"missing: {', '.join(missing)}; run `make setup`" if missing else "all installed"
    return Check("packages", not missing, text)


def _kernels() -> Check:
    folder = cache_directory()
    compiled = len(list(folder.rglob("*.nbc"))) if folder.exists() else 0
    text = f"{compiled} compiled functions in {folder}"
    return Check("kernels", compiled > 0, text if compiled else f"{text}; run `etrms warm-up`")


def _disk(home: Path) -> Check:
    existing = next(folder for folder in (home, *home.resolve().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    writable = os.access(existing, os.W_OK)
    text = f"{free / 1e9:.1f} GB free in {existing}"
    return Check("disk", free >= SMALLEST_FREE_BYTES and writable, text)


def _settings(home: Path) -> Check:
    settings = load_settings(home)
    return Check("settings", True, f"time zone {settings.owner.time_zone}")


def _clock() -> Check:
    now = datetime.now(UTC)
    return Check("clock", now >= OLDEST_PLAUSIBLE_CLOCK, now.isoformat(timespec="seconds"))


def _desk(home: Path) -> Check:
    desk = open_desk(home)
    state = desk.stored_state()
    seen = "it never ran" if state is None else f"last cycle {state.as_of.isoformat()}"
    return Check("desk", True, f"the database opens; {seen}")
