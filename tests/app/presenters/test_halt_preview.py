"""What the kill switch will do and what is left, in words."""

from dataclasses import replace

from app.presenters.cells import Tone
from app.presenters.halt_preview import count, halt_preview, halt_progress, halt_result
from etrms_core.domain.account import AccountState
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.memory import KillSwitch
from etrms_core.risk.snapshot import DataQuality
from tests.app.readings import account_with, position_with, run_cycles
from tests.builders import NOW, make_stop

STOP = make_stop(2.0)
ENTRY = replace(
    STOP,
    order_id="2",
    request=OrderRequest(
        client_order_id="entry",
        account="main",
        symbol="BTCUSDT",
        side=OrderSide.BUY,
        order_type=OrderType.LIMIT,
        quantity=1.0,
        price=90.0,
    ),
)


def book() -> AccountState:
    return account_with(position_with(quantity=2.0, mark_price=100.0), orders=(ENTRY, STOP))


def test_halting_keeps_positions_and_their_stops() -> None:
    (line,) = halt_preview(run_cycles([book()]), {}, flatten=False)
    assert line.account == "main"
    assert line.text == (
        "1 entry order cancelled, 1 position (notional 200.00 USD) kept with 1 stop"
    )


def test_flattening_closes_at_market_and_then_cancels_the_stops() -> None:
    (line,) = halt_preview(run_cycles([book()]), {}, flatten=True)
    assert line.text == (
        "1 entry order cancelled, 1 position (notional 200.00 USD) closed at market, "
        "then 1 stop cancelled"
    )


def test_a_size_that_is_not_known_is_not_a_number() -> None:
    account = account_with(position_with(mark_price=None))
    (line,) = halt_preview(run_cycles([account]), {}, flatten=True)
    assert "notional unknown" in line.text
    assert line.positions[0].text.endswith("notional unknown")


def test_every_position_is_named_and_those_without_a_stop_come_first() -> None:
    account = account_with(
        position_with(quantity=2.0, mark_price=100.0),
        position_with("ETHUSDT", quantity=-3.0, mark_price=50.0),
        orders=(STOP,),
    )
    eth = Instrument("ETHUSDT", lot_size=0.01)
    (line,) = halt_preview(run_cycles([account]), {("main", "ETHUSDT"): eth}, flatten=False)
    told = [(cell.text, cell.note, cell.tone) for cell in line.positions]
    assert told == [
        (
            "ETHUSDT short 3.00, notional 150.00 USDT",
            "no stop: nothing limits its loss",
            Tone.WARNING,
        ),
        ("BTCUSDT long 2, notional 200.00 USDT", "a stop closes all of it", Tone.PLAIN),
    ]
    assert halt_progress(run_cycles([account]))[0].positions == ()


def test_a_stop_for_a_part_and_orders_that_are_not_known_are_told() -> None:
    half = account_with(position_with(quantity=4.0), orders=(STOP,))
    (line,) = halt_preview(run_cycles([half]), {}, flatten=False)
    assert line.positions[0].note == "a stop closes only 50% of it"
    state = run_cycles([half])
    stale = replace(
        state,
        snapshot=replace(
            state.snapshot,
            sources=tuple(
                replace(each, quality=DataQuality.STALE) for each in state.snapshot.sources
            ),
        ),
    )
    (line,) = halt_preview(stale, {}, flatten=False)
    assert line.positions[0].note == "whether a stop guards it is not known now"


def test_without_any_reading_there_is_nothing_to_say() -> None:
    assert halt_preview(None, {}, flatten=True) == halt_progress(None) == ()
    assert "stored" in halt_result(None)


def test_progress_names_what_is_open_and_which_venue_does_not_answer() -> None:
    state = run_cycles([book()])
    assert halt_progress(state)[0].text == "1 entry order, 1 position and 1 stop open"
    silent = replace(state, source_errors={"main": "no answer"})
    assert halt_progress(silent)[0].text == "not answering: no answer"


def test_the_result_says_how_far_it_has_come() -> None:
    state = run_cycles([book()])
    for flatten, is_done, words in (
        (False, False, "is cancelling"),
        (False, True, "stops stay"),
        (True, True, "nothing is open any more"),
    ):
        memory = replace(state.memory, kill_switch=KillSwitch(NOW, "why", flatten, is_done))
        assert words in halt_result(replace(state, memory=memory))


def test_counts_are_written_as_people_do() -> None:
    assert [count(number, "stop") for number in (0, 1, 2)] == ["no stop", "1 stop", "2 stops"]
