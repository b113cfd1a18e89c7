"""The owner's menu in the sidebar."""

from streamlit.testing.v1 import AppTest

from app.components.user_menu import SETTINGS
from tests.app.owned_desk import desk_of_owner


def page() -> None:
    import streamlit as st  # noqa: PLC0415  the script

    from app.components.user_menu import user_menu  # noqa: PLC0415
    from app.navigation import PAGES  # noqa: PLC0415

    st.navigation([st.Page(entry.path, title=entry.title) for entry in PAGES])
    user_menu()


def test_it_names_the_owner_and_leads_to_the_settings_and_out() -> None:
    with desk_of_owner():
        shown = AppTest.from_function(page, default_timeout=60).run()
    assert not shown.exception
    assert shown.markdown[0].value == "**ada**"
    (link,) = shown.get("page_link")
    assert link.proto.label == "Profile and settings"
    assert (link.proto.page, link.proto.query_string) == (SETTINGS.path.stem, "section=Profile")
    assert "/auth/logout" in shown.get("html")[0].proto.body
