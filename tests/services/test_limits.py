"""The trader's limits: bounded by the settings file, changed as a whole, each change told."""

import pytest

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.errors import ConfigurationError
from etrms_core.services.limits import LimitsDesk, described_changes
from etrms_core.settings import LimitsSettings
from tests.builders import NOW
from tests.fakes import InMemoryDeskStore, InMemoryLimitsStore, ManualClock


class Bench:
    """A limits desk with the stores that it writes to."""

    def __init__(self, outer: LimitsSettings | None = None) -> None:
        self.store, self.events = InMemoryLimitsStore(), InMemoryDeskStore()
        self.desk = LimitsDesk(
            self.store, self.events, outer=outer or LimitsSettings(), clock=ManualClock(NOW)
        )

    def told(self) -> list[DeskEvent]:
        return [each.event for each in self.events.events() if isinstance(each.event, DeskEvent)]


def test_a_new_desk_has_the_default_limits() -> None:
    desk = Bench().desk
    assert desk.effective() == desk.stored() == DEFAULT_LIMITS
    assert desk.bounded_by_settings() == ()


def test_the_settings_file_bounds_what_is_stored() -> None:
    outer = LimitsSettings(maximum_leverage=3.0, price_collar=0.2, symbols=("BTCUSDT",))
    bench = Bench(outer)
    bench.desk.set_document({"maximum_leverage": 10.0, "maximum_order_notional": 500.0})
    effective = bench.desk.effective()
    assert (effective.maximum_leverage, effective.price_collar) == (3.0, 0.05)
    assert (effective.maximum_order_notional, effective.symbols) == (500.0, ("BTCUSDT",))
    assert bench.desk.stored().maximum_leverage == 10.0
    assert bench.desk.bounded_by_settings() == ("maximum_leverage", "symbols")


def test_a_change_is_stored_and_told_with_both_values() -> None:
    bench = Bench()
    document = {"maximum_leverage": 5, "maximum_orders_per_minute": None, "symbols": ["A", "B"]}
    after = bench.desk.set_document(document)
    assert after == bench.store.limits() == bench.desk.effective()
    assert after == Limits(maximum_leverage=5.0, maximum_orders_per_minute=None, symbols=("A", "B"))
    detail = (
        "maximum_leverage from unlimited to 5; maximum_orders_per_minute from 60 to unlimited; "
        "symbols from unlimited to A, B"
    )
    assert bench.told() == [DeskEvent(NOW, DeskEventKind.LIMITS_CHANGED, "limits", detail)]


def test_a_document_replaces_all_limits() -> None:
    bench = Bench()
    bench.desk.set_text("maximum_leverage = 5", is_json=False)
    bench.desk.set_text('{"price_collar": 0.1}', is_json=True)
    assert bench.desk.stored() == Limits(price_collar=0.1)


def test_a_reset_brings_the_defaults_back_and_is_told() -> None:
    bench = Bench()
    bench.desk.set_document({"maximum_leverage": 5})
    assert bench.desk.reset() == bench.desk.stored() == DEFAULT_LIMITS
    assert bench.told()[0].detail == "maximum_leverage from 5 to unlimited"


def test_a_document_that_changes_nothing_is_not_told() -> None:
    bench = Bench()
    bench.desk.set_document({})
    assert bench.told() == []


@pytest.mark.parametrize(
    ("text", "is_json"), [("maximum_leverage = -1", False), ('{"maximum_leverage": -1}', True)]
)
def test_a_wrong_document_changes_nothing(text: str, is_json: bool) -> None:
    bench = Bench()
    bench.desk.set_document({"maximum_leverage": 5})
    with pytest.raises(ConfigurationError, match=r"limits\.maximum_leverage"):
        bench.desk.set_text(text, is_json=is_json)
    assert bench.desk.stored() == Limits(maximum_leverage=5.0)
    assert len(bench.told()) == 1


def test_a_change_by_another_process_counts_at_once() -> None:
    bench = Bench()
    bench.store.save_limits(Limits(maximum_leverage=2.0))
    assert bench.desk.effective().maximum_leverage == 2.0


def test_no_symbol_is_called_nothing() -> None:
    assert described_changes(Limits(symbols=("A",)), Limits(symbols=())) == (
        "symbols from A to nothing"
    )


def test_where_loosening_has_to_wait_it_is_refused_here_and_tightening_is_not() -> None:
    store, events = InMemoryLimitsStore(), InMemoryDeskStore()
    desk = LimitsDesk(
        store, events, outer=LimitsSettings(), clock=ManualClock(NOW), may_loosen=lambda: False
    )
    desk.set_document({"maximum_leverage": 2.0})
    for wanted in ({}, {"maximum_leverage": 3.0}):
        with pytest.raises(ConfigurationError, match="maximum_leverage from 2 to"):
            desk.set_document(wanted)
    assert store.limits() == Limits(maximum_leverage=2.0)
