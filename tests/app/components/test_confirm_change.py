"""A change under the commitment lock, and what waits."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.components.confirm_change import OPEN, OUTCOME
from app.components.literal_text import literally
from app.components.pending_changes import EMPTY, pending_rows
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.engine.changes import SetLimits
from etrms_core.services.desk import Desk
from tests.app.owned_desk import PASSWORD, desk_of_owner

TIGHT = replace(DEFAULT_LIMITS, maximum_leverage=2.0)
LOOSE = replace(DEFAULT_LIMITS, maximum_orders_per_minute=90)


@pytest.fixture
def paper() -> Iterator[Desk]:
    with desk_of_owner() as desk:
        yield desk


@pytest.fixture
def live() -> Iterator[Desk]:
    with desk_of_owner(is_live=True) as desk:
        yield desk


def reviewing() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.components.confirm_change import open_change  # noqa: PLC0415
    from app.components.limit_editor import review_change  # noqa: PLC0415

    if "opened" not in st.session_state:
        st.session_state["opened"] = True
        open_change()
    review_change(st.session_state["wanted"])


def telling() -> None:
    from app.components.confirm_change import show_outcome  # noqa: PLC0415  the script

    show_outcome()


def waiting() -> None:
    from app.components.pending_changes import pending_changes  # noqa: PLC0415  the script

    pending_changes()


def giving_up() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.components.pending_changes import cancel_change  # noqa: PLC0415

    cancel_change(st.session_state["row"])


def show(script: Callable[[], None], **state: object) -> AppTest:
    shown = AppTest.from_function(script, default_timeout=60)
    for name, value in state.items():
        shown.session_state[name] = value
    shown.run()
    assert not shown.exception
    return shown


def review(wanted: Limits) -> AppTest:
    return show(reviewing, wanted=wanted)


def send(shown: AppTest, password: str | None = None) -> AppTest:
    if password is not None:
        shown.text_input(key="change_password").set_value(password)
    shown.button(key="change_now").click().run()
    assert not shown.exception
    return shown


def told(shown: AppTest) -> str:
    kinds = (shown.markdown, shown.text, shown.info, shown.success, shown.error, shown.warning)
    return " ".join(each.value for kind in kinds for each in kind)


def test_tightening_counts_at_once_without_a_password(live: Desk) -> None:
    shown = review(TIGHT)
    assert "no limit" in told(shown)
    assert "Tightens" in told(shown)
    assert not shown.text_input
    shown = send(shown)
    assert live.limits.stored() == TIGHT
    assert r"In effect now: Leverage from no limit to 2\.00x" in told(shown)
    assert live.commitment.pending() == ()


def test_loosening_on_paper_needs_the_password_and_no_wait(paper: Desk) -> None:
    shown = review(LOOSE)
    assert "Loosens" in told(shown)
    shown = send(shown, "something else")
    assert "Nothing is changed. The password is wrong." in shown.error[0].value
    assert paper.limits.stored() == DEFAULT_LIMITS
    shown = send(shown, PASSWORD)
    assert paper.limits.stored() == LOOSE


def test_loosening_real_money_waits_and_is_listed_with_a_countdown(live: Desk) -> None:
    shown = review(LOOSE)
    assert "waits **1 h**" in told(shown)
    shown = send(shown, PASSWORD)
    assert live.limits.stored() == DEFAULT_LIMITS
    assert "Not yet in effect" in told(shown)
    (row,) = pending_rows()
    assert row.countdown.startswith("in 59 min")
    shown = show(waiting)
    assert "Risk limits" in told(shown)
    assert "Entry orders per minute from 60 to 90" in told(shown)
    assert "in 59 min" in told(shown)


def test_a_dialog_asks_once_however_often_it_is_clicked(live: Desk) -> None:
    shown = send(review(LOOSE), PASSWORD)
    assert OPEN not in shown.session_state
    assert not shown.button
    assert len(live.commitment.pending()) == 1
    del shown.session_state[OUTCOME]
    assert "waits already" in told(shown.run())
    assert len(live.commitment.pending()) == 1
    # Another dialog for another change, whose button comes in twice.
    other = review(replace(LOOSE, price_collar=0.5))
    assert "Another change of the limits waits" in told(other)
    del other.session_state[OPEN]
    send(other, PASSWORD)
    assert len(live.commitment.pending()) == 1


def test_what_became_of_a_change_is_told_on_the_page_once(live: Desk) -> None:
    asked = send(review(LOOSE), PASSWORD)
    shown = show(telling, **{OUTCOME: asked.session_state[OUTCOME]})
    assert "Not yet in effect: change 1 waits until" in told(shown)
    assert told(shown.run()) == ""
    live.commitment.cancel(1, by="ada")
    assert told(show(telling, **{OUTCOME: asked.session_state[OUTCOME]})) == ""


def test_what_changes_nothing_offers_nothing(paper: Desk) -> None:
    shown = review(paper.limits.stored())
    assert "Nothing changes." in told(shown)
    assert not shown.button


def test_a_change_that_waits_is_given_up_without_a_password(live: Desk) -> None:
    assert EMPTY in told(show(waiting))
    live.commitment.ask(SetLimits(LOOSE), by="<b>eve</b>", is_confirmed=True)
    (row,) = pending_rows()
    shown = show(waiting)
    assert "<b>eve</b>" in [text.value for text in shown.text][-1]
    assert [button.label for button in shown.button] == ["Cancel this change"]
    shown = show(giving_up, row=row)
    assert live.commitment.pending() != ()
    shown.button(key="cancel_now").click().run()
    assert not shown.exception
    assert live.commitment.pending() == ()
    shown = show(giving_up, row=row)
    shown.button(key="cancel_now").click().run()
    assert "no change 1 waits" in shown.error[0].value


def test_text_from_data_is_no_markdown() -> None:
    assert literally("a\n**b**") == r"a \*\*b\*\*"
    assert literally(":material/home: $x$ <i>") == r"\:material/home\: \$x\$ \<i\>"
