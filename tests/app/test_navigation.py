"""The menu."""

from app.navigation import PAGES


def test_every_entry_leads_to_a_script_and_has_a_symbol() -> None:
    for entry in PAGES:
        assert entry.path.is_file()
        assert entry.icon.startswith(":material/")


def test_addresses_differ() -> None:
    assert len({entry.path.stem for entry in PAGES}) == len(PAGES)
