"""The page Backtest without a browser: every state of a run, and its results."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.components import (
    backtest_check,
    backtest_downloads,
    backtest_progress,
    backtest_results,
    backtest_trade_table,
)
from app.components.backtest_setup import RUN
from etrms_core.engine.job_ports import JobProgress, JobState
from tests.app.backtest_desks import Laboratory, laboratory

PAGE = Path(__file__).parents[2] / "pages" / "backtest.py"
HOSTILE = "<img src=x onerror=alert(1)> **b** =1+1 [a](javascript:alert(1))"
COMPONENTS = (
    backtest_check,
    backtest_downloads,
    backtest_progress,
    backtest_results,
    backtest_trade_table,
)
S = JobState


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laboratory]:
    with laboratory(tmp_path / "home", monkeypatch) as made:
        yield made


def show(run: str | None = None) -> AppTest:
    shown = AppTest.from_file(str(PAGE), default_timeout=60)
    if run is not None:
        shown.query_params[RUN] = run
    shown.run()
    assert not shown.exception
    return shown


def text(shown: AppTest) -> str:
    return " ".join(each.value for each in shown.markdown)


def click(shown: AppTest, key: str) -> AppTest:
    shown.button(key=key).click().run()
    assert not shown.exception
    return shown


def choose(shown: AppTest, section: str) -> AppTest:
    shown.button_group(key="backtest_section").set_value(section).run()
    assert not shown.exception
    return shown


def delete_in_a_dialog() -> None:
    from app import runtime  # noqa: PLC0415  AppTest takes the source of the function
    from app.components.backtest_history import delete_run  # noqa: PLC0415

    view = runtime.desk().jobs.find("abc-123")
    if view is not None:
        delete_run(view.job)


def test_a_newcomer_sees_the_form_and_what_comes_next(lab: Laboratory) -> None:
    shown = show()
    assert lab.jobs.runs() == ()
    assert shown.button(key="run_backtest").label == "Run backtest"
    assert "No run yet" in shown.info[0].value
    assert "drawn by chance" in text(shown)


def test_running_the_sample_makes_one_job_that_the_address_names(lab: Laboratory) -> None:
    shown = click(show(), "run_backtest")
    (view,) = lab.jobs.runs()
    assert shown.query_params[RUN] == view.job.job_id
    assert view.job.state is S.QUEUED
    assert "it is next" in shown.get("progress")[0].proto.text
    assert shown.button(key=f"cancel_{view.job.job_id}").label == "Cancel job"


def test_an_error_stands_below_the_field_that_it_is_about(lab: Laboratory) -> None:
    shown = show()
    shown.number_input(key="backtest_capital_0").set_value(0.0).run()
    click(shown, "run_backtest")
    assert lab.jobs.runs() == ()
    assert shown.error[0].value == "Initial capital is a number above 0, was 0\\.0\\."
    shown.number_input(key="backtest_capital_0").set_value(500.0).run()
    click(shown, "run_backtest")
    assert len(lab.jobs.runs()) == 1


def test_a_running_job_shows_how_far_it_is_and_can_be_cancelled(lab: Laboratory) -> None:
    lab.add("abc-123", S.RUNNING)
    lab.workers.told["abc-123"] = JobProgress(0.4, "Simulates")
    shown = show("abc-123")
    assert "Simulates, 40%" in shown.get("progress")[0].proto.text
    click(shown, "cancel_abc-123")
    assert lab.jobs.runs()[0].job.state is S.CANCELLED
    assert "Cancelled" in text(shown)
    click(shown, "start_abc-123")
    assert lab.jobs.runs()[0].job.state is S.QUEUED


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        (S.FAILED, "killed by signal 9, perhaps out of memory", "signal 9, perhaps out of memory"),
        (S.FAILED, "the disk is full", "the disk is full"),
        (S.INTERRUPTED, "the desk was restarted while it ran", "The desk was restarted"),
        (S.CANCELLED, "cancelled by you", "Cancelled by you"),
    ],
)
def test_a_run_that_broke_off_says_why_and_can_be_started_again(
    lab: Laboratory, state: JobState, reason: str, expected: str
) -> None:
    lab.add("abc-123", state, reason=reason)
    shown = show("abc-123")
    told = text(shown) + " ".join(each.value for each in shown.error)
    assert expected in told
    assert shown.button(key="start_abc-123").label == "Start again"
    assert shown.button(key="edit_abc-123").label == "Edit and run again"


def test_a_finished_run_shows_its_figures_with_and_without_breakers(lab: Laboratory) -> None:
    lab.add("abc-123", with_breakers=True)
    shown = show("abc-123")
    drawn = text(shown)
    assert "The breakers saved 250\\.00 USD" in drawn
    assert "Without" in drawn
    assert "Returns by month" in drawn
    assert len(shown.get("plotly_chart")) == 1


@pytest.mark.parametrize(
    ("section", "charts", "expected"),
    [
        ("Trades", 2, "9 trades, times in UTC"),
        ("Breakers", 0, "4 events"),
        ("Costs", 1, "Slippage"),
        ("Market", 0, "Range, calm"),
        ("Check", 0, "vectorbt trades the same signals"),
        ("Files", 0, "gives the same bytes"),
    ],
)
def test_every_section_shows_what_it_is_for(
    lab: Laboratory, section: str, charts: int, expected: str
) -> None:
    lab.add("abc-123", with_breakers=True)
    shown = choose(show("abc-123"), section)
    assert expected in text(shown).replace("\\", "")
    assert len(shown.get("plotly_chart")) == charts


def test_a_run_with_breakers_cannot_be_checked_and_says_so(lab: Laboratory) -> None:
    lab.add("abc-123", with_breakers=True)
    shown = choose(show("abc-123"), "Check")
    assert "knows no circuit breakers" in shown.info[0].value


def test_the_check_with_vectorbt_is_a_job_of_its_own(lab: Laboratory) -> None:
    lab.add("abc-123")
    shown = choose(show("abc-123"), "Check")
    click(shown, "check_vectorbt")
    view = lab.jobs.find("check-abc-123")
    assert view is not None
    assert view.job.state is S.QUEUED
    assert len(lab.jobs.runs()) == 1


def test_a_run_whose_folder_is_gone_says_so(lab: Laboratory) -> None:
    lab.add("abc-123")
    (lab.home / "runs" / "abc-123" / "result.json").unlink()
    shown = show("abc-123")
    assert "results of this run are gone" in shown.error[0].value
    assert shown.button(key="run_backtest").label == "Run backtest"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"metrics": 3}', '{"metrics": {"sharpe": "x"}}']
)
def test_a_damaged_result_never_shows_a_traceback(lab: Laboratory, content: str) -> None:
    lab.add("abc-123")
    (lab.home / "runs" / "abc-123" / "result.json").write_text(content)
    shown = show("abc-123")
    assert "Traceback" not in text(shown)


def test_a_deleted_run_comes_back(lab: Laboratory) -> None:
    lab.add("abc-123")
    lab.jobs.delete("abc-123")
    shown = show("abc-123")
    assert "was deleted" in shown.info[0].value
    click(shown, "restore_run")
    assert lab.jobs.find("abc-123") is not None


def test_deleting_asks_first_and_happens_once(lab: Laboratory) -> None:
    lab.add("abc-123")
    click(show(), "delete_run")
    dialog = AppTest.from_function(delete_in_a_dialog, default_timeout=60).run()
    assert "bring it back for 7 days" in dialog.text[0].value
    assert lab.jobs.find("abc-123") is not None
    click(dialog, "delete_run_now")
    dialog.run()
    assert lab.jobs.find("abc-123") is None
    assert len(lab.jobs.deleted()) == 1


def test_two_runs_are_compared_on_one_chart(lab: Laboratory) -> None:
    lab.add("abc-123")
    lab.add("abc-124", title=HOSTILE, final_equity=12_345.0)
    shown = show()
    shown.multiselect(key="backtest_compared").set_value(["abc-123", "abc-124"]).run()
    assert not shown.exception
    assert len(shown.get("plotly_chart")) == 1
    assert "12,345.00 USD" in text(shown)


def test_editing_a_run_fills_the_form_with_its_bundle(lab: Laboratory) -> None:
    lab.add("abc-123")
    shown = click(show("abc-123"), "edit_abc-123")
    assert RUN not in shown.query_params
    assert shown.number_input(key="backtest_slippage_1").value == 2.0
    assert shown.selectbox(key="backtest_bounds_1").value == "both"


def test_hostile_names_are_only_text(lab: Laboratory) -> None:
    lab.add("abc-123", S.FAILED, title=HOSTILE, reason=HOSTILE)
    shown = show("abc-123")
    assert "<img" not in text(shown)
    (told,) = (each.value for each in shown.error)
    assert told.count("<") == told.count("\\<")
    assert told.count("[") == told.count("\\[")


def test_an_address_that_names_nothing_is_told(lab: Laboratory) -> None:
    for run in ("../../etc/passwd", "x", "0" * 500):
        shown = show(run)
        assert "was deleted, or never was" in shown.info[0].value
    assert lab.jobs.runs() == ()
