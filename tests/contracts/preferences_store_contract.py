"""What the desk may rely on whatever keeps the owner's preferences."""

import pytest

from etrms_core.domain.preferences import DEFAULT_PREFERENCES, Preferences, Theme
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.owner_ports import PreferencesStore

ALL = Preferences(Theme.DARK, "Asia/Tokyo", "mäin", "15m")


class PreferencesStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> PreferencesStore:
        return stores.preferences

    def test_the_defaults_hold_before_any_are_saved(self, store: PreferencesStore) -> None:
        assert store.preferences("ada") == DEFAULT_PREFERENCES

    @pytest.mark.parametrize("preferences", [ALL, Preferences()])
    def test_preferences_come_back_with_every_field(
        self, store: PreferencesStore, preferences: Preferences
    ) -> None:
        store.save_preferences("ada", preferences)
        assert store.preferences("ada") == preferences

    def test_saving_replaces_those_of_that_owner_only(self, store: PreferencesStore) -> None:
        store.save_preferences("ada", Preferences())
        store.save_preferences("bob", Preferences())
        store.save_preferences("ada", ALL)
        assert store.preferences("ada") == ALL
        assert store.preferences("bob") == Preferences()
