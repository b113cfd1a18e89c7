"""A change of a callee is seen by callers in other files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from etrms_core.kernels import compile_cache

CALLEE = "from numba import njit\n\n\n@njit(cache=True)\ndef callee():\n    return {value}\n"
CALLER = """from numba import njit

from copied_kernels.callee import callee


@njit(cache=True)
def caller():
    return callee() + 1
"""
PROGRAM = """from copied_kernels.caller import caller

print(caller(), sum(caller.stats.cache_hits.values()))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Lay down a package of two kernels that cache as ours do."""
    folder = tmp_path / "copied_kernels"
    folder.mkdir()
    shutil.copy(compile_cache.__file__, folder / "compile_cache.py")
    (folder / "__init__.py").write_text(
        "from copied_kernels.compile_cache import use_cache_of_these_sources\n\n"
        "use_cache_of_these_sources()\n"
    )
    (folder / "caller.py").write_text(CALLER)
    (folder / "callee.py").write_text(CALLEE.format(value=1))
    return folder


def run(package: Path) -> tuple[int, int]:
    """Call the caller in a process of its own: its result and how often the cache served it."""
    home = package.parent
    environment = {**os.environ, "ETRMS_KERNEL_CACHE": str(home / "cache"), "PYTHONPATH": str(home)}
    output = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=home,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    result, hits = output.split()
    return int(result), int(hits)


def test_an_edited_callee_in_another_file_gives_the_new_value(package: Path) -> None:
    before = compile_cache.source_hash(package)
    assert run(package) == (2, 0)
    assert run(package) == (2, 1)
    (package / "callee.py").write_text(CALLEE.format(value=7))
    assert compile_cache.source_hash(package) != before
    assert run(package) == (8, 0)


def test_the_hash_knows_file_names_and_contents(package: Path) -> None:
    before = compile_cache.source_hash(package)
    assert compile_cache.source_hash(package) == before
    (package / "callee.py").rename(package / "callee_2.py")
    assert compile_cache.source_hash(package) != before


def test_the_cache_folder_is_chosen_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ETRMS_KERNEL_CACHE", str(tmp_path / "chosen"))
    assert compile_cache.cache_root() == tmp_path / "chosen"
    monkeypatch.delenv("ETRMS_KERNEL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compile_cache.cache_root() == tmp_path / "etrms"


def test_importing_the_kernels_sends_numba_to_their_folder() -> None:
    assert Path(vars(numba.config)["CACHE_DIR"]).name.startswith("kernels-")


def test_numba_is_sent_to_the_folder_of_the_sources_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ETRMS_KERNEL_CACHE", str(tmp_path))
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    compile_cache.use_cache_of_these_sources()
    name = f"kernels-{compile_cache.source_hash(compile_cache.KERNELS)}"
    assert vars(numba.config)["CACHE_DIR"] == str(tmp_path / name)
