"""A button that starts long work."""

from threading import Event
from time import monotonic, sleep

from streamlit.testing.v1 import AppTest

from app.background_job import BackgroundJob, Report
from app.components.job_panel import job_panel
from etrms_core.errors import StorageError

JOB: BackgroundJob[int] = BackgroundJob("panel")
GO = Event()


def slowly(report: Report) -> int:
    report("3 of 10", 0.3)
    GO.wait(10.0)
    return 42


def failing(_report: Report) -> int:
    raise StorageError("<b>disk</b> *full*")


def page() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.components.job_panel import job_panel as draw  # noqa: PLC0415
    from tests.app.components import test_job_panel as these  # noqa: PLC0415

    work = these.failing if st.session_state["fails"] else these.slowly

    def tell(result: int) -> None:
        st.text(f"result {result}")

    draw(these.JOB, label="Work", work=work, tell=tell, key="work")


def show(*, fails: bool) -> AppTest:
    JOB.forget()
    shown = AppTest.from_function(page, default_timeout=60)
    shown.session_state["fails"] = fails
    return shown.run()


def wait() -> None:
    deadline = monotonic() + 5.0
    while JOB.state is None or JOB.state.is_running:
        assert monotonic() < deadline
        sleep(0.005)


def test_it_shows_progress_while_it_runs_and_then_the_result() -> None:
    assert callable(job_panel)
    GO.clear()
    shown = show(fails=False)
    assert not shown.text
    shown.button(key="work").click().run()
    assert not shown.exception
    deadline = monotonic() + 5.0
    while "3 of 10" not in shown.get("progress")[0].proto.text:
        assert monotonic() < deadline
        shown.run()
    assert shown.run().button(key="work").disabled
    GO.set()
    wait()
    shown.run()
    assert shown.text[0].value == "result 42"
    assert not shown.button(key="work").disabled


def test_what_fails_is_a_sentence() -> None:
    shown = show(fails=True)
    shown.button(key="work").click().run()
    wait()
    shown.run()
    assert shown.error[0].value == r"It could not be done: \<b\>disk\</b\> \*full\*"
