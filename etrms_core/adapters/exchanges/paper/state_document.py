"""A paper account as a JSON document and back; the news are left to their own tables."""

from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from etrms_core.adapters.exchanges.paper.state import PaperPosition, PaperState
from etrms_core.errors import StorageError

_NEWS = frozenset({"news_fills", "news_orders", "news_flows", "news_funding"})
# Keys of two parts do not exist in JSON: positions travel as a list and name their leg themselves.
_POSITIONS = TypeAdapter(list[PaperPosition])
_FIELDS: dict[str, TypeAdapter[Any]] = {
    each.name: TypeAdapter(PaperState.__annotations__[each.name])
    for each in fields(PaperState)
    if each.name not in _NEWS and each.name != "positions"
}


def state_document(state: PaperState) -> dict[str, Any]:
    """Write every field but the news."""
    values = {
        "wallet": state.wallet,
        "hedge_mode": state.hedge_mode,
        "last_seen_at": state.last_seen_at,
        "sequence": state.sequence,
        "orders": state.orders,
        "used_ids": state.used_ids,
        "leverage": state.leverage,
        "margin_mode": state.margin_mode,
        "ledger": state.ledger,
        "marks": state.marks,
        "recent_fills": state.recent_fills,
        "recent_flows": state.recent_flows,
        "pace": state.pace,
    }
    document = {name: _FIELDS[name].dump_python(values[name], mode="json") for name in _FIELDS}
    positions = _POSITIONS.dump_python(list(state.positions.values()), mode="json")
    return {**document, "positions": positions}


def state_from_document(document: dict[str, Any]) -> PaperState:
    """Read what `state_document` wrote.

    Raises
    ------
    StorageError
        If a field is missing or damaged.
    """
    try:
        values = {name: kind.validate_python(document[name]) for name, kind in _FIELDS.items()}
        held = _POSITIONS.validate_python(document["positions"])
    except (KeyError, ValidationError) as error:
        raise StorageError(f"the paper account's document is damaged: {error!r}") from error
    state = PaperState(**values)
    state.positions.update({(position.symbol, position.side): position for position in held})
    return state
