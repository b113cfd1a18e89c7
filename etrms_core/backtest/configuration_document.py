"""The tables of a run bundle: which keys there are, and what may stand in them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictFloat, StrictInt, StrictStr

from etrms_core.backtest.bundle_table import Table, read_table
from etrms_core.backtest.terms import Bounds, Direction, FillTime, SizeKind
from etrms_core.breakers.rule_document import Flag, Number
from etrms_core.domain.account import MarginMode

# More than all money there is: a larger figure is a slip of the hand.
LARGEST_AMOUNT = 1e15
LARGEST_SEED = 2**63 - 1
LARGEST_COUNT = 100_000_000


def _whole_number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError(f"must be a whole number, was {value!r}")  # noqa: TRY004  pydantic
    return value


Amount = Annotated[Number, Field(le=LARGEST_AMOUNT)]
Count = Annotated[int, BeforeValidator(_whole_number), Field(ge=1, le=LARGEST_COUNT)]
Parameter = StrictInt | StrictFloat


class RunKind(StrEnum):
    """What a bundle asks for."""

    STANDARD = "standard"
    OPTIMIZATION = "optimization"
    WALK_FORWARD = "walk_forward"
    MONTE_CARLO = "monte_carlo"
    BREAKER_TUNING = "breaker_tuning"


class TierTable(Table):
    """One of `maintenance_tiers`."""

    notional_floor: Amount
    rate: Number
    amount: Amount = 0.0


class InstrumentTable(Table):
    """`[instruments.SYMBOL]`."""

    tick_size: Amount = 0.0
    lot_size: Amount = 0.0
    minimum_notional: Amount = 0.0
    maintenance_tiers: list[TierTable] | None = None


class AccountTable(Table):
    """`[account]`."""

    initial_capital: Amount = 10_000.0
    leverage: Number = 1.0
    margin_mode: MarginMode = MarginMode.CROSS
    maker_fee: Number = 0.0002
    taker_fee: Number = 0.0004
    liquidation_fee: Number = 0.0125
    slippage_bps: Number = 0.0
    maintenance_margin_rate: Number = 0.005
    fill: FillTime = FillTime.NEXT_OPEN
    liquidation: Flag = True
    bounds: Bounds = Bounds.PESSIMISTIC
    time_zone: StrictStr = "UTC"
    volume_share: Number | None = None


class SizeTable(Table):
    """`strategy.size`."""

    kind: SizeKind = SizeKind.EQUITY_FRACTION
    value: Amount = 1.0


class StrategyTable(Table):
    """`[strategy]`."""

    name: Annotated[StrictStr, Field(min_length=1)]
    params: dict[str, Parameter] = Field(default_factory=dict)
    direction: Direction = Direction.LONG_ONLY
    size: SizeTable = Field(default_factory=SizeTable)
    stop_loss: Number | None = None
    take_profit: Number | None = None
    trailing_stop: Number | None = None


class ChoicesTable(Table):
    """A dimension of a search that is a list of values."""

    choices: Annotated[list[Parameter | StrictStr], Field(min_length=1)]


class SearchTable(Table):
    """`[search]`."""

    space: dict[str, list[Parameter] | ChoicesTable] = Field(default_factory=dict)
    points: list[dict[str, Parameter]] = Field(default_factory=list)
    sampler: Literal["grid", "random", "tpe", "cmaes", "nsga2"] = "grid"
    trials: Count = 10_000
    objective: StrictStr | list[StrictStr] = "sharpe"
    constraint: StrictStr = ""
    regime: list[StrictStr] = Field(default_factory=list)


class WalkForwardTable(Table):
    """`[walk_forward]`."""

    in_sample_bars: Count
    out_of_sample_bars: Count
    mode: Literal["rolling", "anchored"] = "rolling"


class MonteCarloTable(Table):
    """`[monte_carlo]`."""

    method: Literal["block_bootstrap", "trade_shuffle", "price_paths", "parameter_jitter"] = (
        "block_bootstrap"
    )
    model: Literal["garch", "regime_switching", "bootstrap"] = "garch"
    paths: Count = 10_000
    block_bars: Count = 48
    ruin_drawdown: Annotated[Number, Field(gt=0.0, le=1.0)] = 0.5


class BundleTable(Table):
    """A whole bundle; what says where bars come from and what a run found is read elsewhere."""

    kind: RunKind = RunKind.STANDARD
    seed: Annotated[int, BeforeValidator(_whole_number), Field(ge=0, le=LARGEST_SEED)] = 0
    data: Any = None
    data_sha256: Any = None
    versions: Any = None
    instruments: dict[str, InstrumentTable] = Field(default_factory=dict)
    account: AccountTable = Field(default_factory=AccountTable)
    strategy: StrategyTable
    breakers: list[dict[str, Any]] = Field(default_factory=list)
    search: SearchTable | None = None
    walk_forward: WalkForwardTable | None = None
    monte_carlo: MonteCarloTable | None = None


_TABLES: dict[tuple[str, ...], type[Table]] = {
    ("account",): AccountTable,
    ("strategy",): StrategyTable,
    ("strategy", "size"): SizeTable,
    ("instruments", "*"): InstrumentTable,
    ("instruments", "*", "maintenance_tiers", "*"): TierTable,
    ("search",): SearchTable,
    ("walk_forward",): WalkForwardTable,
    ("monte_carlo",): MonteCarloTable,
}


def read_tables(mapping: Mapping[str, object]) -> BundleTable:
    """Read a bundle.

    Raises
    ------
    ConfigurationError
        Naming the first field that is wrong, and for an unknown key the one that may be meant.
    """
    return read_table(BundleTable, mapping, tables=_TABLES)
