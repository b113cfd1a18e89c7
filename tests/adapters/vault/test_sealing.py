"""Sealed values open as they were sealed or not at all."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etrms_core.adapters.vault.sealing import KeyCost, key_of, new_header, seal, unseal
from etrms_core.domain.secret import Secret
from etrms_core.engine.vault_ports import SecretName, VaultHeader
from etrms_core.errors import ConfigurationError, DataError

CHEAP = KeyCost(iterations=1, lanes=1, memory_kib=8)
PASSPHRASE = Secret("correct horse battery staple")
NAME = SecretName("venue", "main", "api_secret")
KEY = bytes(range(32))


def each_byte_changed(content: bytes) -> Iterator[bytes]:
    """Yield the content with one byte changed, cut short by one, and one longer, in turn."""
    for index in range(len(content)):
        for mask in (0x01, 0x80, 0xFF):
            yield content[:index] + bytes([content[index] ^ mask]) + content[index + 1 :]
    yield content[:-1]
    yield content[1:]
    yield content + b"\x00"
    yield b""


@pytest.fixture(scope="module")
def header() -> VaultHeader:
    return new_header(PASSPHRASE, cost=CHEAP)[0]


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert unseal(KEY, seal(KEY, NAME, Secret(text), version=1)).reveal() == text


def test_the_same_secret_never_looks_the_same_twice() -> None:
    first, second = (seal(KEY, NAME, Secret("x"), version=1) for _ in range(2))
    assert first.nonce != second.nonce
    assert first.sealed != second.sealed


def test_each_changed_byte_is_refused() -> None:
    sealed = seal(KEY, NAME, Secret("CANARY"), version=1)
    tried = 0
    for changed in each_byte_changed(sealed.sealed):
        tried += 1
        with pytest.raises(DataError, match="changed"):
            unseal(KEY, replace(sealed, sealed=changed))
    for changed in each_byte_changed(sealed.nonce):
        tried += 1
        with pytest.raises(DataError, match="changed"):
            unseal(KEY, replace(sealed, nonce=changed))
    assert tried == 3 * (len(sealed.sealed) + len(sealed.nonce)) + 8


@pytest.mark.parametrize(
    "other",
    [
        NAME._replace(kind="notification"),
        NAME._replace(name="Main"),
        NAME._replace(field="api_key"),
        SecretName("venue", "main api_secret", ""),
        SecretName("venu", "emain", "api_secret"),
    ],
)
def test_a_secret_does_not_open_in_the_place_of_another(other: SecretName) -> None:
    sealed = seal(KEY, NAME, Secret("x"), version=1)
    with pytest.raises(DataError, match="changed"):
        unseal(KEY, replace(sealed, name=other))


def test_the_parts_of_a_name_are_not_run_together() -> None:
    sealed = seal(KEY, SecretName("venue", "main api", "secret"), Secret("x"), version=1)
    for parts in (("venue", "main", "api secret"), ("venue main", "api", "secret")):
        with pytest.raises(DataError, match="changed"):
            unseal(KEY, replace(sealed, name=SecretName(*parts)))


def test_a_secret_does_not_open_under_another_version_or_key() -> None:
    sealed = seal(KEY, NAME, Secret("x"), version=1)
    with pytest.raises(DataError, match="changed"):
        unseal(KEY, replace(sealed, version=2))
    with pytest.raises(DataError, match="changed"):
        unseal(bytes(32), sealed)


def test_the_passphrase_gives_the_key_again(header: VaultHeader) -> None:
    assert key_of(PASSPHRASE, header) == key_of(PASSPHRASE, header)
    with pytest.raises(ConfigurationError, match="passphrase: is not the one") as caught:
        key_of(Secret("Correct horse battery staple"), header)
    assert "horse" not in str(caught.value)


def test_each_changed_byte_of_the_header_is_refused(header: VaultHeader) -> None:
    fields = {
        "salt": header.salt,
        "check_nonce": header.check_nonce,
        "check_value": header.check_value,
    }
    for name, content in fields.items():
        for changed in each_byte_changed(content):
            with pytest.raises(ConfigurationError, match="damaged"):
                key_of(PASSPHRASE, replace(header, **{name: changed}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"iterations": 2},
        {"memory_kib": 16},
        {"lanes": 2, "memory_kib": 16},
        {"iterations": 0},
        {"iterations": 10**9},
        {"lanes": 0},
        {"lanes": 10**6},
        {"memory_kib": 0},
        {"memory_kib": 2**31},
        {"memory_kib": -8},
    ],
)
def test_a_changed_cost_is_refused_before_it_takes_all_memory(
    header: VaultHeader, change: dict[str, int]
) -> None:
    with pytest.raises(ConfigurationError, match="damaged"):
        key_of(PASSPHRASE, replace(header, **change))  # type: ignore[arg-type]


def test_every_vault_has_a_salt_of_its_own() -> None:
    headers = [new_header(PASSPHRASE, cost=CHEAP) for _ in range(2)]
    assert headers[0][0].salt != headers[1][0].salt
    assert headers[0][1] != headers[1][1]


def test_a_guess_costs_what_rfc_9106_recommends() -> None:
    assert KeyCost() == KeyCost(iterations=3, lanes=4, memory_kib=65_536)


def test_nothing_secret_is_in_what_is_shown(header: VaultHeader) -> None:
    sealed = seal(KEY, NAME, Secret("CANARY"), version=1)
    assert repr(sealed) == f"SealedSecret(name={NAME!r}, version=1)"
    assert header.salt.hex() not in repr(header)


def test_a_passphrase_of_odd_characters_is_one_too() -> None:
    odd = Secret("pass\udcffphrase\x00")
    header, key = new_header(odd, cost=CHEAP)
    assert key_of(odd, header) == key
