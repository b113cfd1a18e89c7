"""Orders of a replay."""

from dataclasses import replace

from etrms_core.domain.commands import Cause, ClosePosition, ReducePosition
from etrms_core.domain.events import BreakerEventKind
from etrms_core.domain.identifiers import PORTFOLIO, PositionKey, PositionSide
from etrms_core.errors import ExchangeUnavailableError
from etrms_core.services.replay_orders import ReplayOrders
from tests.builders import NOW, make_account, make_position
from tests.fakes import ScriptedExchange

KEY = PositionKey("main", "BTCUSDT", PositionSide.NET)
CAUSE = Cause("guard", "Guard", PORTFOLIO, NOW, 0.1, "reduce_position", "drawdown 12 %")


def test_what_breakers_decide_is_sent_and_told() -> None:
    venue = ScriptedExchange(make_account(make_position(quantity=2.0)))
    orders = ReplayOrders(venue)  # type: ignore[arg-type]
    commands = [ReducePosition(KEY, 1.0, (CAUSE,))]
    (event,) = orders.execute(commands, venue.state, now=NOW)
    assert (event.kind, event.rule_id) == (BreakerEventKind.ACTED, "guard")
    assert [(each.quantity, each.reduce_only) for each in venue.requests] == [(1.0, True)]
    assert venue.requests[0].client_order_id.startswith("et-rply-breaker-")


def test_what_cannot_be_done_is_told_and_ends_nothing() -> None:
    venue = ScriptedExchange(make_account(make_position(quantity=2.0)))
    venue.refusal = ExchangeUnavailableError("no bars", venue="paper")
    orders = ReplayOrders(venue)  # type: ignore[arg-type]
    flat = ClosePosition(KEY._replace(symbol="ETHUSDT"), 1.0, (replace(CAUSE, rule_id="other"),))
    events = orders.execute([flat], venue.state, now=NOW)
    assert [(event.kind, event.rule_id) for event in events] == [(BreakerEventKind.ERROR, "other")]


def test_without_commands_nothing_is_looked_up() -> None:
    venue = ScriptedExchange(make_account())
    assert ReplayOrders(venue).execute([], venue.state, now=NOW) == []  # type: ignore[arg-type]
