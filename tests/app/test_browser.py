"""What the browser of a run tells, where there is none."""

from app import browser


def test_without_a_browser_nothing_is_known() -> None:
    assert browser.cookie("session") is None
    assert browser.address() is None
    assert browser.time_zone() is None
    assert browser.path() == "/"
    assert not browser.is_beside_the_desk()
