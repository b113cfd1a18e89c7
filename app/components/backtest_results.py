"""What a finished run found, section by section."""

import streamlit as st

from app.charts.backtest_equity import backtest_equity_figure
from app.charts.backtest_exposure import backtest_exposure_figure
from app.charts.backtest_trades import excursion_figure, profit_figure
from app.components.backtest_check import vectorbt_check
from app.components.backtest_downloads import run_downloads
from app.components.backtest_progress import edit_button, shown_run
from app.components.backtest_tables import (
    line_table,
    metric_table,
    month_table,
    section_title,
)
from app.components.backtest_trade_table import event_table, trade_list
from app.components.facts import draw, facts_markup
from app.components.literal_text import literally
from app.presenters.backtest_metrics import headline, metric_rows
from app.presenters.backtest_months import year_rows
from app.presenters.backtest_tear_sheet import (
    BOUND_HEADINGS,
    QUALITY_HEADINGS,
    REGIME_HEADINGS,
    capital_of,
)
from app.presenters.backtest_words import (
    adverse_sentence,
    bounds_lines,
    cost_lines,
    impact_sentence,
    quality_lines,
    regime_lines,
)
from app.session import display_zone
from etrms_core.engine.job_ports import JobState
from etrms_core.services.backtest_jobs import JobView
from etrms_core.services.run_results import RunResult, read_run
from etrms_core.settings import home_directory

CONFIG = {"displaylogo": False}
NO_REPORT = "This folder has no report of a worker, so there are no charts; the files are there."
NO_BREAKERS = (
    "This run had no circuit breakers. Edit it, choose some, and run it again to see what they "
    "would have been worth."
)


def run_results() -> None:
    """Draw the results of the shown run, once there are some."""
    view = shown_run()
    if view is None or view.job.state is not JobState.DONE:
        return
    run = read_run(home_directory(), view.job.job_id)
    _impact(run)
    draw(facts_markup(headline(run.metrics)))
    sections = {
        "Summary": _summary,
        "Trades": _trades,
        "Breakers": _breakers,
        "Costs": _costs,
        "Market": _market,
        "Check": _check,
        "Files": _files,
    }
    section = st.pills(
        "Results", list(sections), default="Summary", required=True, key="backtest_section"
    )
    sections[section](run, view)
    edit_button(view)


def _impact(run: RunResult) -> None:
    if run.without is None:
        return
    sentence = impact_sentence(run.metrics, run.without.metrics, capital=capital_of(run))
    st.markdown(f"**{literally(sentence)}**")


def _summary(run: RunResult, _view: JobView) -> None:
    _equity(run)
    draw(section_title("Returns by month (UTC)"))
    draw(month_table(year_rows(run.rows("months"))))
    runs = [run.metrics] if run.without is None else [run.metrics, run.without.metrics]
    titles = ["Value"] if run.without is None else ["With breakers", "Without"]
    draw(section_title("Figures"))
    draw(metric_table(metric_rows(runs), titles))


def _equity(run: RunResult) -> None:
    points = run.section("points")
    if not points.get("time"):
        st.info(NO_REPORT)
        return
    is_log = st.toggle("Logarithmic", key="backtest_log", help="Equal ratios have equal heights.")
    without = None if run.without is None else run.without.section("points")
    figure = backtest_equity_figure(
        points,
        without=without or None,
        triggers=run.rows("triggers"),
        blocked=run.rows("blocked"),
        zone=display_zone(),
        is_log=is_log,
    )
    st.plotly_chart(
        figure,
        key="backtest_equity",
        config=CONFIG,
        alt="Equity of the run with its drawdown below, and where breakers fired",
    )


def _trades(run: RunResult, _view: JobView) -> None:
    if not run.section("pnl").get("counts"):
        st.info("The run made no trade. Try other parameters, or more bars.")
        return
    left, right = st.columns(2)
    with left:
        st.plotly_chart(
            profit_figure(run.section("pnl")),
            key="backtest_profits",
            config=CONFIG,
            alt="How many trades earned how much",
        )
    with right:
        st.plotly_chart(
            excursion_figure(run.rows("excursions")),
            key="backtest_excursions",
            config=CONFIG,
            alt="Worst point of each trade against its best",
        )
    trade_list(run.folder / "trades.csv")


def _breakers(run: RunResult, _view: JobView) -> None:
    if run.without is None and not run.rows("triggers"):
        st.info(NO_BREAKERS)
        return
    event_table(run.folder / "breaker_events.csv")


def _costs(run: RunResult, _view: JobView) -> None:
    points = run.section("points")
    draw(line_table(cost_lines(run.section("costs")), ("Cost", "Amount"), caption="Costs"))
    if points.get("exposure"):
        st.plotly_chart(
            backtest_exposure_figure(points, zone=display_zone()),
            key="backtest_exposure",
            config=CONFIG,
            alt="Gross notional over equity",
        )


def _market(run: RunResult, _view: JobView) -> None:
    draw(section_title("By state of the market"))
    regimes = regime_lines(run.rows("regimes"))
    draw(line_table(regimes, REGIME_HEADINGS, caption="By state of the market"))
    st.markdown(
        "Trend or range, calm or volatile, as known at the close before each bar; unknown before "
        "enough bars have passed."
    )
    draw(section_title("Where a bar touches two levels"))
    bounds = run.result.get("bounds")
    draw(line_table(bounds_lines(bounds), BOUND_HEADINGS, caption="Bounds"))
    if sentence := adverse_sentence(bounds):
        st.markdown(literally(sentence))
    draw(section_title("Quality of the bars"))
    quality = quality_lines(run.result.get("data_quality"))
    draw(line_table(quality, QUALITY_HEADINGS, caption="Quality of the bars"))


def _check(run: RunResult, view: JobView) -> None:
    vectorbt_check(run, view.job.job_id)


def _files(run: RunResult, view: JobView) -> None:
    run_downloads(run, view.job)
