"""The error boundary and self-refreshing sections."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app import runtime
from app.page_frame import report_error
from etrms_core.errors import StorageError
from etrms_core.services.desk import Desk
from etrms_core.services.sign_in import SessionEnd
from tests.app.desks import make_desk, sign_in_everybody


def failing_page() -> None:
    import streamlit as st  # noqa: PLC0415  the function's source is the script

    from app.page_frame import error_boundary  # noqa: PLC0415

    with error_boundary("The page"):
        st.write("before")
        st.write(1 / int("0"))
    st.write("after")


def stopping_page() -> None:
    import streamlit as st  # noqa: PLC0415

    from app.page_frame import error_boundary  # noqa: PLC0415

    with error_boundary("The page"):
        st.stop()


def refreshed_page() -> None:
    import streamlit as st  # noqa: PLC0415

    from app.page_frame import refreshed  # noqa: PLC0415

    def draw() -> None:
        st.write("drawn")
        raise RuntimeError("secret detail")

    refreshed(draw, what="The section", every_seconds=1.0)
    st.write("the rest of the page")


def test_a_failure_is_a_sentence_with_a_reference_and_the_page_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = AppTest.from_function(failing_page).run()
    (error,) = shown.error
    assert error.value.startswith("The page cannot be shown: something unexpected happened.")
    assert "division" not in error.value
    assert "Traceback" not in error.value
    assert not shown.exception
    assert [each.value for each in shown.markdown] == ["before", "after"]
    reference = error.value.split("reference ")[1].rstrip(".")
    captured = capsys.readouterr()
    log = captured.out + captured.err
    assert reference in log
    assert "ZeroDivisionError" in log


def test_stopping_a_script_is_no_failure() -> None:
    shown = AppTest.from_function(stopping_page).run()
    assert (list(shown.error), list(shown.exception)) == ([], [])


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = make_desk()
    runtime.set_desk(made)
    yield made
    runtime.set_desk(None)


@pytest.mark.usefixtures("desk")
def test_a_section_that_fails_leaves_the_rest_of_the_page() -> None:
    shown = AppTest.from_function(refreshed_page).run()
    assert [each.value for each in shown.markdown] == ["drawn", "the rest of the page"]
    assert shown.error[0].value.startswith("The section cannot be shown")


def test_a_section_is_not_drawn_for_a_stranger(desk: Desk) -> None:
    sign_in_everybody(desk).end = SessionEnd.IDLE
    shown = AppTest.from_function(refreshed_page).run()
    told = [each.value for each in (*shown.markdown, *shown.error)]
    assert told[0] == "This desk has no owner yet. It has one account, and this is it."
    assert not {"drawn", "the rest of the page"} & set(told)


def test_an_error_of_ours_tells_its_message() -> None:
    assert "the disk is full" in report_error(StorageError("the disk is full"), what="The page")
