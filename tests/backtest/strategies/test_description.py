"""What one process tells another about a strategy, which nobody believes unseen."""

import json
from typing import Any

import pytest

from etrms_core.backtest.strategies import BUILT_IN
from etrms_core.backtest.strategies.description import (
    MOST_PARAMETERS,
    StrategyDescription,
    describe,
    description_document,
    read_description,
)
from etrms_core.errors import DataError


def document(**changed: object) -> dict[str, Any]:
    return description_document(describe(BUILT_IN["macd"])) | changed


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_description_survives_the_way(name: str) -> None:
    found = describe(BUILT_IN[name], is_own=True)
    assert read_description(json.loads(json.dumps(description_document(found))), name) == found


def test_an_error_survives_the_way() -> None:
    found = StrategyDescription("mine", "mine", error="mine.py, line 1: no", is_own=True)
    assert read_description(description_document(found), "mine") == found


@pytest.mark.parametrize(
    "odd",
    [
        None,
        [],
        {},
        document(name="sma_cross"),
        document(title=5),
        document(error=None),
        document(parameters=7),
        document(parameters=[["fast", 1, 2]]),
        document(parameters=[["fast", 5, 1, 2, "", ""]]),
        document(parameters=[["fast", "5", 1, 9, "", ""]]),
        document(parameters=[[[], 5, 1, 9, "", ""]]),
    ],
)
def test_anything_else_is_no_description(odd: object) -> None:
    with pytest.raises(DataError, match="macd: its description cannot be read"):
        read_description(odd, "macd")


def test_words_and_parameters_have_an_end() -> None:
    rows = [[f"p{number}", 5, 1, 9, "", ""] for number in range(MOST_PARAMETERS + 5)]
    found = read_description(document(title="x" * 500, parameters=rows), "macd")
    assert len(found.title) == 80
    assert len(found.parameters) == MOST_PARAMETERS
