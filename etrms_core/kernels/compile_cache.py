"""Where compiled kernels are kept.

numba keys a cached function by its own file only: after a callee in another file changes, the
cached caller still returns the old results. So the directory is named by a hash of all kernel
sources, of the numba and numpy versions and of the CPU.
"""

import hashlib
import os
from pathlib import Path

import llvmlite.binding as llvm
import numba
import numpy as np

KERNELS = Path(__file__).parent
COMPLETE = "complete"


def cache_root() -> Path:
    """Folder of all kernel caches: `ETRMS_KERNEL_CACHE`, else the user's cache folder."""
    chosen = os.environ.get("ETRMS_KERNEL_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "etrms"


def source_hash(folder: Path) -> str:
    """Hash the kernel sources in `folder` with everything else that decides machine code."""
    digest = hashlib.sha256()
    environment = (numba.__version__, np.__version__, llvm.get_host_cpu_name())
    digest.update(" ".join(environment).encode())
    for source in sorted(folder.glob("*.py")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> Path:
    """Folder of the cache that belongs to the sources as they are."""
    return cache_root() / f"kernels-{source_hash(KERNELS)}"


def is_complete() -> bool:
    """Whether everything that a desk needs was compiled into the cache."""
    return (cache_directory() / COMPLETE).exists()


def mark_complete() -> None:
    """Remember that everything that a desk needs is compiled."""
    folder = cache_directory()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / COMPLETE).touch()


def use_cache_of_these_sources() -> None:
    """Let numba read and write only the cache of the sources as they are."""
    # numba's settings are defined at run time, where a type checker does not see them.
    numba.config.CACHE_DIR = str(cache_directory())  # type: ignore[attr-defined]
