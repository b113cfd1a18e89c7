"""Knowing whether everything is compiled."""

from pathlib import Path

import pytest

from etrms_core.kernels.compile_cache import cache_directory, is_complete, mark_complete


def test_a_cache_is_complete_once_it_was_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETRMS_KERNEL_CACHE", str(tmp_path / "cache"))
    assert not is_complete()
    mark_complete()
    assert is_complete()
    assert cache_directory().parent == tmp_path / "cache"
