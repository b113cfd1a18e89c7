"""How the owner wants to see the desk."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from etrms_core.backtest.timeframe import timeframe_seconds
from etrms_core.domain.preferences import DEFAULT_PREFERENCES, Preferences
from etrms_core.engine.owner_ports import OwnerStore, PreferencesStore
from etrms_core.errors import ConfigurationError, DomainError

LONGEST_ACCOUNT = 100
_PREFERENCES = TypeAdapter(Preferences)


class PreferencesDesk:
    """Reads and changes the owner's preferences."""

    def __init__(self, store: PreferencesStore, owner_store: OwnerStore) -> None:
        self._store = store
        self._owner_store = owner_store

    def current(self) -> Preferences:
        """Return the owner's preferences, the defaults while there is no owner."""
        owner = self._owner_store.owner()
        return DEFAULT_PREFERENCES if owner is None else self._store.preferences(owner.name)

    def change(self, changes: Mapping[str, Any]) -> Preferences:
        """Change what is named and return all preferences.

        Raises
        ------
        ConfigurationError
            If there is no owner yet, a name is unknown or a value is wrong; it names the
            preference, and nothing changes.
        """
        owner = self._owner_store.owner()
        if owner is None:
            raise ConfigurationError("there is no owner yet", field="preferences")
        preferences = parse_preferences({**asdict(self.current()), **changes})
        self._store.save_preferences(owner.name, preferences)
        return preferences


def parse_preferences(document: Mapping[str, Any]) -> Preferences:
    """Read preferences; what the document leaves out has its default.

    Raises
    ------
    ConfigurationError
        If a name is unknown or a value is wrong; it names the preference.
    """
    known = asdict(DEFAULT_PREFERENCES)
    for name in document:
        if name not in known:
            raise ConfigurationError(
                f"is not a preference; there are {', '.join(known)}", field=str(name)
            )
    try:
        preferences = _PREFERENCES.validate_python({**known, **document})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigurationError(first["msg"], field=str(first["loc"][0])) from error
    _check(preferences)
    return preferences


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises
    ------
    ConfigurationError
        If there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"no time zone is called {name!r:.60}", field="time_zone"
        ) from error


def _check(preferences: Preferences) -> None:
    if preferences.time_zone is not None:
        zone_named(preferences.time_zone)
    account = preferences.default_account
    if account is not None and not 0 < len(account) <= LONGEST_ACCOUNT:
        raise ConfigurationError("is the name of an account", field="default_account")
    try:
        timeframe_seconds(preferences.default_timeframe)
    except DomainError as error:
        raise ConfigurationError(str(error), field="default_timeframe") from error
