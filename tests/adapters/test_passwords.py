"""Hashing of passwords."""

import subprocess
import sys

import pytest

from etrms_core.adapters.passwords import NOBODYS_HASH, BcryptHasher
from etrms_core.errors import StorageError

WORDS = "anchor velvet comet ladder"
FAST = BcryptHasher(cost=4)


def test_a_hash_has_cost_12_and_a_salt_of_its_own() -> None:
    first, second = (BcryptHasher().hash_password(WORDS) for _ in range(2))
    assert first.startswith("$2b$12$")
    assert len(first) == 60
    assert first != second
    assert BcryptHasher().matches(WORDS, first)


@pytest.mark.parametrize("wrong", ["", WORDS.upper(), WORDS + "x", "\udcff", "a\0b"])
def test_another_password_does_not_match(wrong: str) -> None:
    assert not FAST.matches(wrong, FAST.hash_password(WORDS))


def test_what_lies_beyond_72_bytes_counts() -> None:
    longest = "x" * 72
    assert FAST.matches(longest, FAST.hash_password(longest))
    assert not FAST.matches(longest + "y", FAST.hash_password(longest))


def test_nobody_matches_without_a_hash() -> None:
    assert not FAST.matches(WORDS, None)
    assert NOBODYS_HASH.startswith("$2b$12$")


@pytest.mark.parametrize("damaged", ["", "$2b$12$short", "plain text", "$9z$12$" + "a" * 53])
def test_a_damaged_hash_is_trouble_of_the_store(damaged: str) -> None:
    with pytest.raises(StorageError, match="hash is damaged") as trouble:
        FAST.matches(WORDS, damaged)
    assert trouble.value.__cause__ is None


def test_nothing_is_imported_before_it_is_needed() -> None:
    program = (
        "import sys, etrms_core.adapters.passwords, etrms_core.services.owner; "
        "sys.exit(bool({'bcrypt', 'zxcvbn'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603
