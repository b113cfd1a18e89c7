"""Every kind of event has been judged."""

from etrms_core.domain.events import BreakerEventKind, DeskEvent, DeskEventKind
from etrms_core.domain.notifications import Severity
from etrms_core.engine.severity import SEVERITIES, kinds_from, severity_of
from tests.builders import NOW


def test_every_kind_of_event_is_judged() -> None:
    assert set(SEVERITIES) == {*BreakerEventKind, *DeskEventKind}


def test_no_kind_of_breaker_event_is_called_like_one_of_the_desk() -> None:
    assert {*map(str, BreakerEventKind)}.isdisjoint(map(str, DeskEventKind))


def test_what_costs_money_or_blinds_the_desk_is_critical() -> None:
    kinds = (
        DeskEventKind.POSITION_LIQUIDATED,
        DeskEventKind.ALARM_RAISED,
        DeskEventKind.ORDER_UNKNOWN,
        DeskEventKind.TRADING_HALTED,
    )
    for kind in kinds:
        assert severity_of(DeskEvent(NOW, kind, "main", "x")) is Severity.CRITICAL


def test_kinds_are_listed_from_a_severity_up() -> None:
    everything = {*map(str, BreakerEventKind), *map(str, DeskEventKind)}
    assert set(kinds_from(Severity.INFO)) == everything
    assert "alarm_raised" in kinds_from(Severity.CRITICAL)
    assert "source_stale" not in kinds_from(Severity.CRITICAL)
    assert "source_stale" in kinds_from(Severity.WARNING)
    assert "order_sent" not in kinds_from(Severity.WARNING)
