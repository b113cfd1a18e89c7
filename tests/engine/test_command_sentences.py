"""What a drill says of one command."""

from etrms_core.domain.commands import CancelOrders, ClosePosition, SetLeverage
from etrms_core.domain.identifiers import PositionKey, PositionSide
from etrms_core.engine.command_sentences import command_in_words
from tests.engine.desk import Desk, long_account

KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)


def test_a_command_is_told_with_side_size_and_notional() -> None:
    snapshot = Desk().read(long_account(80.0)).snapshot
    told = command_in_words(ClosePosition(KEY, 10.0, ()), snapshot)
    for words in ("sell", "10", "BTCUSDT", "800"):
        assert words in told
    assert "BTCUSDT" in command_in_words(SetLeverage("main", "BTCUSDT", 3.0, ()), snapshot)
    assert "main" in command_in_words(CancelOrders("main", None, ()), snapshot)
