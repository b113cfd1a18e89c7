"""What is said between a desk and a paper exchange in another process: one JSON line each way.

A call names itself in `call`; a reply carries the number of its call.
"""

from dataclasses import dataclass
from math import isnan
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from etrms_core.domain.account import MarginMode
from etrms_core.domain.order import OrderRequest
from etrms_core.errors import DataError

LONGEST_LINE = 16 * 1024 * 1024
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListInstruments:
    """Ask for the contracts."""

    call: Literal["instruments"] = "instruments"


@dataclass(frozen=True, slots=True)
class FetchAccount:
    """Ask for the account."""

    call: Literal["fetch_account"] = "fetch_account"


@dataclass(frozen=True, slots=True)
class FetchLedger:
    """Ask for a page of the ledger."""

    since: AwareDatetime
    limit: int
    call: Literal["ledger"] = "ledger"


@dataclass(frozen=True, slots=True)
class FetchQuotes:
    """Ask for all prices."""

    call: Literal["quotes"] = "quotes"


@dataclass(frozen=True, slots=True)
class FetchOrderBook:
    """Ask for the resting liquidity of a contract."""

    symbol: str
    call: Literal["order_book"] = "order_book"


@dataclass(frozen=True, slots=True)
class CreateOrder:
    """Send an order, which is not taken after its deadline."""

    request: OrderRequest
    deadline: AwareDatetime | None = None
    call: Literal["create_order"] = "create_order"


@dataclass(frozen=True, slots=True)
class FetchOrder:
    """Look an order up."""

    client_order_id: str
    call: Literal["fetch_order"] = "fetch_order"


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Cancel an open order."""

    client_order_id: str
    call: Literal["cancel_order"] = "cancel_order"


@dataclass(frozen=True, slots=True)
class SetLeverage:
    """Choose the leverage of a symbol."""

    symbol: str
    leverage: float
    call: Literal["set_leverage"] = "set_leverage"


@dataclass(frozen=True, slots=True)
class SetMarginMode:
    """Choose the margin mode of a symbol."""

    symbol: str
    mode: MarginMode
    call: Literal["set_margin_mode"] = "set_margin_mode"


@dataclass(frozen=True, slots=True)
class SetHedgeMode:
    """Choose hedge or one-way mode."""

    enabled: bool
    call: Literal["set_hedge_mode"] = "set_hedge_mode"


@dataclass(frozen=True, slots=True)
class MoveMoney:
    """Deposit an amount, or withdraw it when it is negative."""

    amount: float
    call: Literal["move_money"] = "move_money"


Call = (
    ListInstruments
    | FetchAccount
    | FetchLedger
    | FetchQuotes
    | FetchOrderBook
    | CreateOrder
    | FetchOrder
    | CancelOrder
    | SetLeverage
    | SetMarginMode
    | SetHedgeMode
    | MoveMoney
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call with its number."""

    number: int
    body: Annotated[Call, Field(discriminator="call")]


Outcome = Literal["done", "rejected", "invalid", "unavailable"]


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply: the result of a call that was done, else why not; `code` only of a rejection."""

    number: int
    outcome: Outcome
    body: object
    code: str | None = None


ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
ANSWERED: TypeAdapter[Answered] = TypeAdapter(Answered)


def encode_line(message: Asked | Answered) -> bytes:
    """Write a message as one line of JSON; an infinite number stays one."""
    return to_json(message, inf_nan_mode="constants") + b"\n"


def decode_line(line: bytes, kind: TypeAdapter[T]) -> T:
    """Read a whole line.

    Raises
    ------
    DataError
        If the line is cut off, is not what it should be, or holds NaN.
    """
    if not line.endswith(b"\n"):
        raise DataError(f"a message of {len(line)} bytes is cut off")
    try:
        message = kind.validate_json(line)
    except ValidationError as error:
        raise DataError(f"a message cannot be read: {_first_reason(error)}") from error
    # Hardly any line has these letters: what they mean is looked at only then.
    if b"nan" in line.lower() and _holds_nan(from_json(line)):
        raise DataError("a message cannot be read: it holds a number that is not one")
    return message


def decode_body(body: object, kind: TypeAdapter[T]) -> T:
    """Read the result of a call.

    Raises
    ------
    DataError
        If it is not what it should be.
    """
    try:
        return kind.validate_python(body)
    except ValidationError as error:
        raise DataError(f"an answer cannot be read: {_first_reason(error)}") from error


def _holds_nan(value: object) -> bool:
    match value:
        case float():
            return isnan(value)
        case str():  # the parser takes numbers in quotes too
            return value.strip().lstrip("+-").lower() == "nan"
        case dict():
            return any(_holds_nan(each) for each in value.values())
        case list():
            return any(_holds_nan(each) for each in value)
        case _:
            return False


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['msg']}" if field else str(first["msg"])
