"""The owner's preferences."""

from typing import Any

import pytest

from etrms_core.domain.preferences import DEFAULT_PREFERENCES, Preferences, Theme
from etrms_core.errors import ConfigurationError
from etrms_core.services.preferences import PreferencesDesk, parse_preferences, zone_named
from tests.services.entrance import Entrance
from tests.storage_fakes import InMemoryOwnerStore


@pytest.fixture
def desk() -> PreferencesDesk:
    stores = Entrance().stores
    return PreferencesDesk(stores.preferences, stores.owner)


def test_a_change_leaves_the_rest(desk: PreferencesDesk) -> None:
    assert desk.current() == DEFAULT_PREFERENCES
    desk.change({"time_zone": "Asia/Tokyo", "theme": "dark"})
    desk.change({"default_timeframe": "15m", "default_account": "main"})
    assert desk.current() == Preferences(Theme.DARK, "Asia/Tokyo", "main", "15m")
    desk.change({"time_zone": None})
    assert desk.current() == Preferences(Theme.DARK, None, "main", "15m")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone: no time zone is called 'Mars/Olympus'"),
        ({"time_zone": "../../etc/passwd"}, "time_zone: no time zone"),
        ({"time_zone": ""}, "time_zone: no time zone"),
        ({"theme": "pink"}, "theme: "),
        ({"default_timeframe": "1y"}, "default_timeframe: a timeframe is"),
        ({"default_account": ""}, "default_account: is the name"),
        ({"default_account": "x" * 101}, "default_account: is the name"),
        ({"default_account": 3}, "default_account: "),
        ({"colour": "red"}, "colour: is not a preference; there are theme, time_zone"),
    ],
)
def test_a_wrong_preference_is_named_and_nothing_changes(
    desk: PreferencesDesk, document: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        desk.change({"default_timeframe": "5m", **document})
    assert desk.current() == DEFAULT_PREFERENCES


def test_before_there_is_an_owner_the_defaults_hold() -> None:
    stores = Entrance().stores
    desk = PreferencesDesk(stores.preferences, InMemoryOwnerStore())
    assert desk.current() == DEFAULT_PREFERENCES
    with pytest.raises(ConfigurationError, match="no owner yet"):
        desk.change({"theme": "dark"})


def test_an_empty_document_is_the_defaults() -> None:
    assert parse_preferences({}) == DEFAULT_PREFERENCES


def test_a_time_zone_is_found_by_name() -> None:
    assert zone_named("Europe/Berlin").key == "Europe/Berlin"
