"""A secret shows itself nowhere but where it is asked for."""

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict, dataclass

import pytest

from etrms_core.domain.secret import Secret

CANARY = "CANARY-7f3a"


@dataclass(frozen=True)
class Holder:
    secret: Secret


def test_no_way_of_writing_shows_it() -> None:
    secret = Secret(CANARY)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", repr(Holder(secret))]
    shown += [repr({"a": [secret]}), repr(vars(type(secret)))]
    assert not any(CANARY in each for each in shown)
    assert secret.reveal() == CANARY


def test_neither_logs_nor_tracebacks_show_it(caplog: pytest.LogCaptureFixture) -> None:
    error = ValueError(Secret(CANARY))
    logging.getLogger("etrms.test").error("failed with %s", Secret(CANARY), exc_info=error)
    assert "failed with Secret" in caplog.text
    assert CANARY not in caplog.text
    assert CANARY not in "".join(traceback.format_exception(error))


def test_it_cannot_be_written_into_a_document() -> None:
    with pytest.raises(TypeError):
        json.dumps(Secret(CANARY))


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_never_pickled_or_copied(take: object) -> None:
    assert callable(take)
    with pytest.raises(TypeError, match="never pickled"):
        take(Secret(CANARY))
    with pytest.raises(TypeError, match="never pickled"):
        asdict(Holder(Secret(CANARY)))


def test_two_of_the_same_text_are_equal_and_none_is_a_key() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert not Secret("")
    with pytest.raises(TypeError, match="unhashable"):
        hash(Secret("a"))
