"""Tables of a bundle: read strictly, with errors that name the field in plain words."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from etrms_core.errors import ConfigurationError
from etrms_core.settings import plain_words


class Table(BaseModel):
    """A table that knows its keys and takes no NaN."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


AnyTable = TypeVar("AnyTable", bound=Table)
Place = tuple[str, ...]
Tables = Mapping[Place, type[Table]]
# The names of the alternatives of a union stand in the place of an error too; no key is like them.
_ALTERNATIVES = frozenset({"int", "float", "str", "bool", "ChoicesTable"})


def read_table(
    model: type[AnyTable],
    mapping: Mapping[str, object],
    *,
    place: str = "",
    tables: Tables = MappingProxyType({}),
) -> AnyTable:
    """Read a mapping as a table.

    Parameters
    ----------
    place : str
        Where the table stands, such as ``data``.
    tables : mapping
        The tables below it by their place, where ``*`` is any name or number.

    Raises
    ------
    ConfigurationError
        Naming the first field that is wrong, and for an unknown key the one that may be meant.
    """
    try:
        return model.model_validate(dict(mapping))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        known: Tables = {(): model, **tables}
        field = ".".join(part for part in (place, _field(first)) if part)
        raise ConfigurationError(_message(first, known), field=field) from error


def _field(trouble: ErrorDetails) -> str:
    parts = (str(part) for part in trouble["loc"])
    return ".".join(part for part in parts if part not in _ALTERNATIVES and "[" not in part)


def _message(trouble: ErrorDetails, tables: Tables) -> str:
    if trouble["type"] == "extra_forbidden":
        return _unknown_key(trouble["loc"], tables)
    return plain_words(trouble)


def _unknown_key(place: tuple[int | str, ...], tables: Tables) -> str:
    above = tuple(part for part in place[:-1] if part not in _ALTERNATIVES)
    fitting = (table for shape, table in tables.items() if _fits(above, shape))
    known = [name for table in fitting for name in table.model_fields]
    near = get_close_matches(str(place[-1]), known, n=1)
    if near:
        return f"unknown key, did you mean {near[0]}?"
    return f"unknown key, there are {', '.join(known)}" if known else "unknown key"


def _fits(place: tuple[int | str, ...], shape: Place) -> bool:
    return len(place) == len(shape) and all(
        wanted in ("*", part) for part, wanted in zip(place, shape, strict=True)
    )
