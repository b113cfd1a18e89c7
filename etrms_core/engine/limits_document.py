"""Limits as TOML and JSON know them."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.errors import ConfigurationError
from etrms_core.settings import LimitsSettings, plain_words

SECTION = "limits"


def parse_limits(document: Mapping[str, Any]) -> Limits:
    """Read limits; what the document leaves out has its default.

    A bound that may be absent is None or the word "none".

    Raises
    ------
    ConfigurationError
        If a key is unknown or a value is out of range; it names the key.
    """
    try:
        read = LimitsSettings.model_validate({**limits_mapping(DEFAULT_LIMITS), **document})
    except ValidationError as error:
        raise _named(error) from error
    return Limits(**read.model_dump())


def parse_limits_toml(text: str) -> Limits:
    """Read limits from TOML, with or without the header `[limits]`; at least one."""
    try:
        return parse_limits(_unwrapped(tomllib.loads(text)))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"is not TOML: {error}", field=SECTION) from error


def parse_limits_json(text: str) -> Limits:
    """Read limits from a JSON object, alone or as `{"limits": {...}}`; at least one."""
    try:
        return parse_limits(_unwrapped(json.loads(text, object_pairs_hook=_without_repetition)))
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"is not JSON: {error}", field=SECTION) from error


def limits_mapping(limits: Limits) -> dict[str, Any]:
    """Write limits in the words of the public interface; `parse_limits` reads them back."""
    document = asdict(limits)
    if limits.symbols is not None:
        document["symbols"] = list(limits.symbols)
    return document


def _unwrapped(document: object) -> Mapping[str, Any]:
    if isinstance(document, dict) and set(document) == {SECTION}:
        document = document[SECTION]
    if not isinstance(document, dict):
        raise ConfigurationError("must be a table of limits", field=SECTION)
    if not document:
        known = ", ".join(LimitsSettings.model_fields)
        raise ConfigurationError(
            f"nothing is given, and nothing is changed; a file may hold {known} (`etrms limits "
            "reset` brings the defaults back)",
            field=SECTION,
        )
    return document


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigurationError("is given twice", field=f"{SECTION}.{twice}")
    return document


def _named(error: ValidationError) -> ConfigurationError:
    first = error.errors(include_url=False)[0]
    key = ".".join((SECTION, *(str(part) for part in first["loc"])))
    if first["type"] == "extra_forbidden":
        known = ", ".join(LimitsSettings.model_fields)
        return ConfigurationError(f"is not a limit; there are {known}", field=key)
    given = json.dumps(first["input"], ensure_ascii=False, default=str)
    return ConfigurationError(f"{plain_words(first)}, was {given:.60}", field=key)
