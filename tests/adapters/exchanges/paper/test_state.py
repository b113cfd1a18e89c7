"""The state of a paper account."""

from etrms_core.adapters.exchanges.paper.state import PaperState


def test_ids_are_used_once_whatever_they_are_for() -> None:
    state = PaperState()
    assert [state.next_id("f"), state.next_id("o"), state.next_id("f")] == ["f1", "o2", "f3"]


def test_a_ledger_begins_when_it_is_first_needed() -> None:
    state = PaperState()
    state.result_of("BTCUSDT").fees += 1.0
    assert state.result_of("BTCUSDT").fees == 1.0
    assert list(state.ledger) == ["BTCUSDT"]
