"""Kill switch, pause and the way back, within a page."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.presenters.halt_preview import PHRASE
from etrms_core.engine.restrictions import Restriction
from etrms_core.services.desk import Desk
from etrms_core.services.desk_health import HealthStatus
from tests.app.desks import make_desk, wait_for_status
from tests.services.test_monitor_thread import wait_for

PASSWORD = "anchor velvet comet ladder"  # noqa: S105


def page() -> None:
    from app.components.trading_controls import trading_controls  # noqa: PLC0415  the script

    trading_controls()


def halting() -> None:
    from app.components.trading_controls import kill_switch  # noqa: PLC0415  the script

    kill_switch()


def pausing() -> None:
    from app.components.trading_controls import pause  # noqa: PLC0415  the script

    pause()


def resuming() -> None:
    from app import runtime  # noqa: PLC0415  the script
    from app.components.trading_controls import loosen  # noqa: PLC0415

    loosen("The halt ends.", "Resume trading", runtime.desk().resume)


def ending() -> None:
    from app import runtime  # noqa: PLC0415  the script
    from app.components.trading_controls import loosen  # noqa: PLC0415

    loosen("The pause ends.", "End the pause", runtime.desk().end_pause)


def waiting() -> None:
    from datetime import timedelta  # noqa: PLC0415  the script

    from app import runtime  # noqa: PLC0415
    from app.components.trading_controls import loosen  # noqa: PLC0415

    def later(_who: str) -> object:
        return runtime.desk().now() + timedelta(hours=1)

    loosen("It ends.", "End it", later)  # type: ignore[arg-type]


@pytest.fixture
def desk() -> Iterator[Desk]:
    running = make_desk(is_signed_in=False)
    running.owner.create("ada", PASSWORD)
    runtime.set_desk(running)
    running.start()
    wait_for_status(running, HealthStatus.OK)
    yield running
    runtime.set_desk(None)
    running.close()


def show(script: Callable[[], None] = page) -> AppTest:
    shown = AppTest.from_function(script, default_timeout=60).run()
    assert not shown.exception
    return shown


def labels(shown: AppTest) -> list[str]:
    return [each.label for each in shown.button]


def told(shown: AppTest) -> str:
    return " ".join(each.value for each in shown.text)


def blocks(desk: Desk) -> tuple[Restriction, ...]:
    state = desk.state()
    return () if state is None else state.blocks


def halted(desk: Desk) -> bool:
    state = desk.state()
    return state is not None and state.memory.kill_switch is not None


def test_trading_can_be_halted_or_paused(desk: Desk) -> None:
    assert labels(show()) == ["Kill switch", "Pause trading"]
    assert not halted(desk)


def test_what_happens_is_said_before_the_phrase_is_asked_for(desk: Desk) -> None:
    shown = show(halting)
    assert "2 positions" in told(shown)
    assert "kept" in told(shown)
    listed = " ".join(each.value for each in shown.markdown)
    for words in ("BTCUSDT long 0.100, notional 9,600.00 USDT", "no stop: nothing limits"):
        assert words in listed, words
    shown.toggle(key="halt_flatten").set_value(True).run()
    assert "closed at market" in told(shown)
    assert not halted(desk)


@pytest.mark.parametrize("typed", ["", "halt", "HALT now", "<b>HALT</b>"])
def test_another_phrase_does_nothing(desk: Desk, typed: str) -> None:
    shown = show(halting)
    shown.text_input(key="halt_phrase").set_value(typed)
    shown.button(key="halt_now").click().run()
    assert "Nothing is done" in shown.error[0].value
    assert not halted(desk)


def test_the_phrase_halts_once_with_its_reason(desk: Desk) -> None:
    shown = show(halting)
    shown.text_input(key="halt_reason").set_value("the market is mad")
    shown.text_input(key="halt_phrase").set_value(PHRASE)
    shown.button(key="halt_now").click().run()
    wait_for(lambda: halted(desk))
    # A second run, as of a second click, follows the halt and throws none.
    shown.run()
    assert not shown.exception
    assert "main" in told(shown)
    assert not [each for each in shown.button if each.key == "halt_now"]
    events = desk.events(kinds=["trading_halted"])
    assert ["the market is mad" in each.event.detail for each in events] == [True]
    assert labels(show()) == ["Kill switch", "Resume trading"]


def test_resuming_asks_for_the_password(desk: Desk) -> None:
    desk.halt("test")
    wait_for(lambda: halted(desk))
    shown = show(resuming)
    shown.text_input(key="loosen_password").set_value("something else")
    shown.button(key="loosen_now").click().run()
    assert "Nothing is changed. The password is wrong." in shown.error[0].value
    assert halted(desk)
    shown.text_input(key="loosen_password").set_value(PASSWORD)
    shown.button(key="loosen_now").click().run()
    wait_for(lambda: not halted(desk))


def test_a_pause_is_taken_and_ended(desk: Desk) -> None:
    shown = show(pausing)
    shown.button(key="pause_now").click().run()
    wait_for(lambda: len(blocks(desk)) == 1)
    (block,) = blocks(desk)
    assert block.until is not None
    assert timedelta(minutes=59) < block.until - block.since <= timedelta(hours=1)
    assert labels(show()) == ["Kill switch", "End the pause"]
    shown = show(ending)
    shown.text_input(key="loosen_password").set_value(PASSWORD)
    shown.button(key="loosen_now").click().run()
    wait_for(lambda: not blocks(desk))


def test_what_waits_says_until_when(desk: Desk) -> None:
    shown = show(waiting)
    shown.text_input(key="loosen_password").set_value(PASSWORD)
    shown.button(key="loosen_now").click().run()
    assert "this waits until" in shown.info[0].value
    assert desk.owner.name == "ada"
