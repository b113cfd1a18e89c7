"""Documents as strict JSON text, in which infinities are words and NaN does not exist."""

import json
from math import isfinite, isnan
from typing import Any

from pydantic import TypeAdapter

from etrms_core.errors import StorageError


def json_text(document: object) -> str:
    """Write a document; an infinity becomes the word that pydantic reads back as a number.

    Raises
    ------
    StorageError
        If a number is NaN; it names the field.
    """
    try:
        return _strict(document)
    except ValueError:
        return _strict(_with_words(document, "document"))


def value_text(adapter: TypeAdapter[Any], value: object) -> str:
    """Write a domain value as JSON text, which `adapter.validate_json` reads back."""
    return json_text(adapter.dump_python(value, mode="json"))


def _strict(document: object) -> str:
    return json.dumps(document, allow_nan=False, separators=(",", ":"))


def _with_words(document: object, where: str) -> object:
    match document:
        case dict():
            return {key: _with_words(each, f"{where}.{key}") for key, each in document.items()}
        case list():
            return [_with_words(each, f"{where}.{row}") for row, each in enumerate(document)]
        case float() if isnan(document):
            raise StorageError(f"{where} is NaN, which is never stored; unknown is None")
        case float() if not isfinite(document):
            return "Infinity" if document > 0.0 else "-Infinity"
        case _:
            return document
