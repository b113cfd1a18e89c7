"""The page Settings within the shell, section by section."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.components.settings_sections import SECTIONS
from etrms_core.services.desk import Desk
from tests.app.owned_desk import desk_of_owner

ROOT = Path(__file__).parents[2]
SHELL, PAGE = ROOT / "app" / "shell.py", ROOT / "pages" / "settings.py"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("ETRMS_HOME", str(tmp_path))
    with desk_of_owner() as running:
        yield running


def show(section: str) -> AppTest:
    shown = AppTest.from_file(str(SHELL), default_timeout=60).run()
    shown.switch_page(str(PAGE))
    shown.query_params["section"] = section
    shown.run()
    assert not shown.exception
    return shown


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("section", list(SECTIONS))
def test_every_section_has_its_address(section: str) -> None:
    shown = show(section)
    assert shown.title[0].value == "Settings"
    assert shown.header[0].value == section
    assert not shown.error


@pytest.mark.usefixtures("desk")
def test_an_address_of_no_section_leads_to_the_first() -> None:
    assert show("<script>").header[0].value == "Profile"
