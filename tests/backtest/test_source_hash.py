"""The fingerprint of a strategy's file."""

from hashlib import sha256
from pathlib import Path

import pytest

from etrms_core.backtest.source_hash import source_hashes
from etrms_core.errors import ConfigurationError


def test_it_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_bytes(b"# mine\r\n")
    expected = {"strategies/mine.py": sha256(b"# mine\r\n").hexdigest()}
    assert source_hashes("mine", tmp_path) == expected


def test_a_built_in_strategy_has_none_and_neither_has_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "donchian.py").write_bytes(b"")
    assert source_hashes("donchian", tmp_path) == {}
    assert source_hashes("mine", tmp_path) == {}
    assert source_hashes("mine", None) == {}
    assert source_hashes("mine", tmp_path / "none") == {}


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "strategies"
    folder.mkdir()
    (tmp_path / "far.py").write_bytes(b"")
    (folder / "mine.py").symlink_to(tmp_path / "far.py")
    with pytest.raises(ConfigurationError, match="a link out of it"):
        source_hashes("mine", folder)
