"""The live sections of the overview."""

from streamlit.testing.v1 import AppTest


def waiting() -> None:
    from app.components.overview_sections import OverviewSections  # noqa: PLC0415  the script

    sections = OverviewSections(time_zone="UTC")
    sections.place_figures()
    sections.place_tables()
    sections.show_waiting()


def twice() -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  the script

    from app.components.overview_sections import OverviewSections  # noqa: PLC0415
    from tests.app.readings import run_cycles  # noqa: PLC0415
    from tests.builders import make_account, make_position  # noqa: PLC0415

    sections = OverviewSections(time_zone="UTC")
    sections.place_figures()
    sections.place_tables()
    for quantity in (1.0, 2.0):
        sections.show(
            run_cycles([make_account(make_position(quantity=quantity))]),
            age_seconds=1.0,
            nearest=(),
            events=(),
            instruments={},
            zone=ZoneInfo("UTC"),
        )


def test_without_a_reading_it_says_that_it_waits() -> None:
    shown = AppTest.from_function(waiting, default_timeout=30).run()
    assert "first cycle" in shown.markdown[0].value
    assert [each.value for each in shown.header] == [
        "Positions",
        "Nearest limits",
        "Risk by venue",
        "Trading restrictions",
        "Recent events",
    ]


def test_a_new_reading_replaces_the_last_one() -> None:
    shown = AppTest.from_function(twice, default_timeout=60).run()
    assert not shown.exception
    assert len(shown.markdown) == 6
    assert "2 BTC" in shown.markdown[1].value
