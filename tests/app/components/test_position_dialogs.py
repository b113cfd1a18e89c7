"""Acting on a position and on a waiting order within their dialogs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.components.position_dialogs import DONE, NONCE, SHOWN
from etrms_core.domain.order import OrderType
from etrms_core.errors import ExchangeUnavailableError, OrderRejectedError
from tests.app.desks import busy_account
from tests.app.trading_desks import trading_desk
from tests.builders import make_account, make_stop
from tests.services.test_monitor_thread import wait_for


def closing() -> None:
    from app.components.position_dialogs import act_on_position  # noqa: PLC0415  the script
    from etrms_core.domain.identifiers import PositionKey, PositionSide  # noqa: PLC0415
    from etrms_core.engine.position_wishes import Close  # noqa: PLC0415

    key = PositionKey("main", "BTCUSDT", PositionSide.NET)
    act_on_position(key, lambda _position, _instrument: Close(), label="Close position")


def reducing() -> None:
    from app.components.position_dialogs import act_on_position  # noqa: PLC0415  the script
    from app.forms.position_wishes import reduce_form  # noqa: PLC0415
    from etrms_core.domain.identifiers import PositionKey, PositionSide  # noqa: PLC0415

    key = PositionKey("main", "BTCUSDT", PositionSide.NET)
    act_on_position(key, reduce_form, label="Reduce position")


def protecting() -> None:
    from app.components.position_dialogs import act_on_position  # noqa: PLC0415  the script
    from app.forms.position_wishes import protect_form  # noqa: PLC0415
    from etrms_core.domain.identifiers import PositionKey, PositionSide  # noqa: PLC0415

    key = PositionKey("main", "BTCUSDT", PositionSide.NET)
    act_on_position(key, protect_form, label="Place the stops")


def cancelling() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app import runtime  # noqa: PLC0415
    from app.components.order_list import cancel_order, cards_of  # noqa: PLC0415

    if "card" not in st.session_state:
        st.session_state["card"] = cards_of(runtime.desk().state())[0]  # type: ignore[arg-type]
    cancel_order(st.session_state["card"])


def opened(script: Callable[[], None]) -> AppTest:
    shown = AppTest.from_function(script, default_timeout=60)
    shown.session_state[NONCE] = runtime.desk().position_actions.new_nonce()
    shown.run()
    assert not shown.exception
    return shown


def keys(shown: AppTest) -> list[str | None]:
    return [each.key for each in shown.button]


def text(shown: AppTest) -> str:
    kinds = (shown.markdown, shown.text, shown.warning, shown.info, shown.error)
    told = " ".join(each.value for kind in kinds for each in kind)
    return told.replace("\\", "")


def test_closing_shows_what_would_be_sent_and_three_presses_are_one_order() -> None:
    with trading_desk() as (_, venue):
        shown = opened(closing)
        drawn = text(shown)
        for words in ("reduce-only market sell 0.100", "lets it pass", "nothing", "not known"):
            assert words in drawn, words
        assert venue.requests == []
        shown.button(key="act_now").click().run()
        assert "Done: reduce-only market sell 0.1 BTCUSDT on main, filled at 100." in text(shown)
        assert "act_now" not in [each.key for each in shown.button]
        del shown.session_state[DONE]
        shown.run()
        preview = runtime.desk().position_actions.recent()[0]
        nonce = shown.session_state[NONCE]
        assert preview.intent_id == f"et-test-manual-{nonce}m"
        assert [each.client_order_id for each in venue.requests] == [preview.intent_id]


def test_a_press_that_comes_again_after_the_outcome_was_lost_sends_nothing_more() -> None:
    with trading_desk() as (_, venue):
        shown = opened(reducing)
        for _ in range(3):
            shown.session_state[DONE] = None
            del shown.session_state[DONE]
            shown.run()
            shown.button(key="act_now").click().run()
        assert len(venue.requests) == 1
        assert "Done: reduce-only market sell" in text(shown)


def test_reducing_closes_the_chosen_part() -> None:
    with trading_desk() as (_, venue):
        shown = opened(reducing)
        assert "reduce-only market sell 0.050" in text(shown)
        shown.button_group(key="reduce_share").set_value("25%").run()
        assert "reduce-only market sell 0.025" in text(shown)
        shown.button(key="act_now").click().run()
        assert [each.quantity for each in venue.requests] == [0.025]


def test_reducing_by_a_quantity_refuses_less_than_a_lot_and_more_than_is_open() -> None:
    with trading_desk():
        shown = opened(reducing)
        shown.button_group(key="reduce_share").set_value("Quantity").run()
        assert "Choose what to do" in text(shown)
        shown.number_input(key="reduce_quantity").set_value(0.0304).run()
        assert "reduce-only market sell 0.030" in text(shown)
        shown.number_input(key="reduce_quantity").set_value(0.0001).run()
        assert "less than one lot" in text(shown)
        assert "act_now" not in [each.key for each in shown.button]
        shown.number_input(key="reduce_quantity").set_value(1.0).run()
        assert "is open, was 1" in text(shown)
        assert "act_now" not in [each.key for each in shown.button]


def test_protecting_places_stops_and_explains_a_level_on_the_wrong_side() -> None:
    with trading_desk() as (_, venue):
        shown = opened(protecting)
        shown.number_input(key="protect_stop").set_value(97_000.0).run()
        assert "lies below the mark price" in text(shown)
        shown.number_input(key="protect_stop").set_value(90_000.0).run()
        shown.number_input(key="protect_profit").set_value(99_000.0).run()
        shown.number_input(key="protect_trailing").set_value(2.0).run()
        assert "stop sell 0.100 at 90,000.0" in text(shown)
        assert "trailing stop sell 0.100 2.00% behind the best mark" in text(shown)
        shown.button(key="act_now").click().run()
        kinds = [each.order_type for each in venue.requests]
        assert kinds == [
            OrderType.STOP_MARKET,
            OrderType.TAKE_PROFIT_MARKET,
            OrderType.TRAILING_STOP_MARKET,
        ]


@pytest.mark.parametrize("typed", [150.0, 0.0, -2.0, 99.5])
def test_a_refused_trailing_stop_takes_the_preview_before_it_away(typed: float) -> None:
    with trading_desk() as (_, venue):
        shown = opened(protecting)
        field = shown.number_input(key="protect_trailing").set_value(2.0)
        shown.run()
        assert "act_now" in keys(shown)
        # A field with bounds of its own would keep what it refuses to itself.
        assert (field.min, field.max) == (None, None)
        shown.number_input(key="protect_trailing").set_value(typed).run()
        assert f"lies between 0.05% and 99%, was {typed:g}%" in text(shown)
        assert "act_now" not in keys(shown)
        assert SHOWN not in shown.session_state
        assert venue.requests == []


def test_a_press_together_with_a_change_sends_nothing_and_shows_the_change_first() -> None:
    with trading_desk() as (_, venue):
        shown = opened(protecting)
        shown.number_input(key="protect_stop").set_value(90_000.0).run()
        shown.number_input(key="protect_stop").set_value(80_000.0)
        shown.button(key="act_now").click().run()
        assert "Nothing was sent: what you typed changed" in text(shown)
        assert "stop sell 0.100 at 80,000.0" in text(shown)
        assert venue.requests == []
        shown.button(key="act_now").click().run()
        assert [each.trigger_price for each in venue.requests] == [80_000.0]


@pytest.mark.parametrize(
    ("field", "typed", "shown_as"),
    [("protect_stop", 90_000.05, 90_000.1), ("protect_profit", 99_000.3499, 99_000.3)],
)
def test_a_price_stands_on_its_tick_before_it_is_shown_and_is_sent_as_shown(
    field: str, typed: float, shown_as: float
) -> None:
    with trading_desk() as (_, venue):
        shown = opened(protecting)
        shown.number_input(key=field).set_value(typed).run()
        assert shown.number_input(key=field).value == shown_as
        assert f"at {shown_as:,.1f}" in text(shown)
        shown.button(key="act_now").click().run()
        assert [each.trigger_price for each in venue.requests] == [shown_as]


def test_a_quantity_stands_on_its_lot_before_it_is_shown() -> None:
    with trading_desk():
        shown = opened(reducing)
        shown.button_group(key="reduce_share").set_value("Quantity").run()
        shown.number_input(key="reduce_quantity").set_value(0.0306).run()
        assert shown.number_input(key="reduce_quantity").value == 0.03
        assert "reduce-only market sell 0.030" in text(shown)
        shown.number_input(key="reduce_quantity").set_value(1e-7).run()
        assert "0.0000001 BTCUSDT is less than one lot of 0.001" in text(shown)


def test_a_price_that_moved_is_shown_before_anything_is_sent() -> None:
    with trading_desk() as (_, venue):
        venue.bid = 96_000.0
        shown = opened(closing)
        venue.bid = 95_000.0
        shown.button(key="act_now").click().run()
        assert "Nothing was sent: the price was 96,000.0 and is 95,000.0 now" in text(shown)
        assert venue.requests == []
        shown.button(key="act_now").click().run()
        assert len(venue.requests) == 1
        assert "Done: reduce-only market sell" in text(shown)


def test_a_price_that_moved_little_is_sent_and_told_beside_the_one_that_was_seen() -> None:
    with trading_desk() as (_, venue):
        venue.bid = 96_000.0
        shown = opened(closing)
        venue.bid = 95_990.0
        shown.button(key="act_now").click().run()
        assert len(venue.requests) == 1
        told = "The estimated price when it was sent: 95,990.0, after 96,000.0 that you saw."
        assert told in text(shown)


def test_a_position_that_shrank_is_shown_before_anything_is_sent() -> None:
    with trading_desk() as (desk, venue):
        shown = opened(closing)
        first, *rest = venue.state.positions
        venue.state = replace(venue.state, positions=(replace(first, quantity=0.04), *rest))
        wait_for(
            lambda: (
                (state := desk.state()) is not None
                and state.accounts[0].positions[0].quantity == 0.04
            )
        )
        shown.button(key="act_now").click().run()
        assert "the size was 0.100 and is 0.040 now" in text(shown)
        assert venue.requests == []


@pytest.mark.parametrize("script", [closing, reducing, protecting])
def test_every_dialog_can_be_left_without_anything_being_sent(script: Callable[[], None]) -> None:
    with trading_desk() as (_, venue):
        shown = opened(script)
        (leave,) = [each for each in shown.button if each.label == "Cancel"]
        leave.click().run()
        assert not shown.exception
        assert venue.requests == []


def test_what_is_measured_again_is_new_and_says_how_old_it_is() -> None:
    with trading_desk():
        shown = opened(closing)
        before = shown.session_state[SHOWN]
        shown.button(key="measure_again").click().run()
        assert shown.session_state[SHOWN].measured_at > before.measured_at
        assert "Measured 0 s ago, at" in text(shown)


def test_what_the_venue_rejects_is_told() -> None:
    with trading_desk() as (_, venue):
        shown = opened(closing)
        venue.refusal = OrderRejectedError("no, never", venue="paper", code="reduce_only")
        shown.button(key="act_now").click().run()
        assert "The venue said no (reduce only): paper: no, never." in text(shown)


def test_an_outcome_that_nobody_knows_says_that_the_desk_goes_on_looking() -> None:
    with trading_desk() as (_, venue):
        shown = opened(closing)
        venue.refusal = ExchangeUnavailableError("no answer", venue="paper")
        shown.button(key="act_now").click().run()
        assert "The desk goes on looking; do not send it again." in text(shown)


def test_a_position_that_is_gone_says_so_and_offers_nothing() -> None:
    with trading_desk() as (desk, venue):
        venue.state = make_account()
        wait_for(lambda: (state := desk.state()) is not None and not state.accounts[0].positions)
        shown = opened(closing)
        assert "No position is open in BTCUSDT on main any more." in text(shown)
        assert not shown.button


def test_cancelling_warns_of_the_last_stop_and_cancels_once() -> None:
    guarded = replace(busy_account(datetime.now(UTC)), orders=(make_stop(0.1),))
    with trading_desk(guarded) as (_, venue):
        shown = opened(cancelling)
        assert "This is the only stop of its position" in text(shown)
        shown.button(key="cancel_order_now").click().run()
        assert venue.cancelled == ["stop"]
        assert "is not open any more" in text(shown)
        assert not shown.button


def test_an_order_that_is_gone_cannot_be_cancelled() -> None:
    guarded = replace(busy_account(datetime.now(UTC)), orders=(make_stop(0.1),))
    with trading_desk(guarded) as (desk, venue):
        shown = AppTest.from_function(cancelling, default_timeout=60)
        from app.components.order_list import cards_of  # noqa: PLC0415  as the page does

        state = desk.state()
        assert state is not None
        shown.session_state["card"] = cards_of(state)[0]
        venue.state = replace(venue.state, orders=())
        wait_for(lambda: (now := desk.state()) is not None and not now.accounts[0].orders)
        shown.run()
        assert "is not open any more on main" in text(shown)
