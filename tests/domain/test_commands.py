"""Commands are values: equal when they want the same."""

from typing import get_args

from etrms_core.domain.commands import Cause, ClosePosition, Command, ReducePosition
from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, PositionSide
from tests.builders import NOW

KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)
CAUSE = Cause(
    rule_id="r1",
    rule_name="Drawdown",
    scope=PORTFOLIO,
    triggered_at=NOW,
    threshold=0.1,
    action="close_position",
    reason="drawdown 0.2 >= 0.1",
)


def test_commands_that_want_the_same_are_equal_and_hashable() -> None:
    assert len({ClosePosition(KEY, 1.0, (CAUSE,)), ClosePosition(KEY, 1.0, (CAUSE,))}) == 1


def test_reducing_is_not_closing() -> None:
    reduce_all: Command = ReducePosition(KEY, 1.0, (CAUSE,))
    assert reduce_all != ClosePosition(KEY, 1.0, (CAUSE,))


def test_every_command_says_why() -> None:
    assert all("causes" in kind.__dataclass_fields__ for kind in get_args(Command))
