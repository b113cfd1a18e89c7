"""Everything that decides a backtest beside its bars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from etrms_core.backtest.configuration_document import (
    AccountTable,
    BundleTable,
    InstrumentTable,
    RunKind,
    StrategyTable,
    read_tables,
)
from etrms_core.backtest.terms import AccountTerms, SizeRule, TradingTerms
from etrms_core.breakers.rule_document import parse_rules, rule_mappings
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.instrument import Instrument, MarginTiers, single_tier
from etrms_core.errors import ConfigurationError, DomainError

Section = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestConfiguration:
    """A run bundle without its data.

    Attributes
    ----------
    instruments : mapping of str to Instrument
        By symbol, those that the bundle describes; `instrument` knows the others too.
    params : mapping
        Parameters of the strategy that differ from its defaults.
    search, walk_forward, monte_carlo : mapping
        As written, with known keys and sound values; empty where a bundle has none.
    """

    kind: RunKind = RunKind.STANDARD
    seed: int = 0
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    account: AccountTerms = field(default_factory=AccountTerms)
    strategy: str
    params: Mapping[str, float] = field(default_factory=dict)
    trading: TradingTerms = field(default_factory=TradingTerms)
    rules: tuple[BreakerRule, ...] = ()
    search: Section = field(default_factory=dict)
    walk_forward: Section = field(default_factory=dict)
    monte_carlo: Section = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Self:
        """Read a bundle; where its bars come from and what a run added to it are left aside.

        Raises
        ------
        ConfigurationError
            Naming the field: an unknown key, a wrong type, a value out of its range, or values
            that contradict each other.
        """
        tables = read_tables(mapping)
        account = _account(tables.account)
        return cls(
            kind=tables.kind,
            seed=tables.seed,
            instruments={
                symbol: _instrument(symbol, table, account)
                for symbol, table in tables.instruments.items()
            },
            account=account,
            strategy=tables.strategy.name,
            params=tables.strategy.params,
            trading=_trading(tables.strategy),
            rules=parse_rules(tables.breakers),
            **_sections(tables),
        )

    def document(self) -> dict[str, Any]:
        """Write the bundle with every default; `from_mapping` reads it back."""
        document: dict[str, Any] = {
            "kind": self.kind.value,
            "seed": self.seed,
            "instruments": {
                symbol: _instrument_mapping(each, self.account)
                for symbol, each in self.instruments.items()
            },
            "account": _account_mapping(self.account),
            "strategy": {
                "name": self.strategy,
                "params": dict(self.params),
                **_trading_mapping(self.trading),
            },
            "breakers": rule_mappings(self.rules),
            "search": dict(self.search),
            "walk_forward": dict(self.walk_forward),
            "monte_carlo": dict(self.monte_carlo),
        }
        return {name: each for name, each in document.items() if each not in ({}, [])}

    def instrument(self, symbol: str) -> Instrument:
        """Return what the bundle says of a contract, or one without rounding and with one tier."""
        known = self.instruments.get(symbol)
        if known is not None:
            return known
        return Instrument(symbol, tiers=single_tier(self.account.maintenance_margin_rate))


def _account(table: AccountTable) -> AccountTerms:
    return AccountTerms(**table.model_dump())


def _account_mapping(terms: AccountTerms) -> dict[str, Any]:
    return _written(AccountTable.model_validate(terms, from_attributes=True))


def _trading(table: StrategyTable) -> TradingTerms:
    return TradingTerms(
        direction=table.direction,
        size=SizeRule(table.size.kind, table.size.value),
        stop_loss=table.stop_loss,
        take_profit=table.take_profit,
        trailing_stop=table.trailing_stop,
    )


def _trading_mapping(terms: TradingTerms) -> dict[str, Any]:
    written: dict[str, Any] = {
        "direction": terms.direction.value,
        "size": {"kind": terms.size.kind.value, "value": terms.size.value},
        "stop_loss": terms.stop_loss,
        "take_profit": terms.take_profit,
        "trailing_stop": terms.trailing_stop,
    }
    return {name: each for name, each in written.items() if each is not None}


def _instrument(symbol: str, table: InstrumentTable, account: AccountTerms) -> Instrument:
    place = f"instruments.{symbol}"
    try:
        tiers = (
            single_tier(account.maintenance_margin_rate)
            if table.maintenance_tiers is None
            else MarginTiers(
                tuple(tier.notional_floor for tier in table.maintenance_tiers),
                tuple(tier.rate for tier in table.maintenance_tiers),
                tuple(tier.amount for tier in table.maintenance_tiers),
            )
        )
    except DomainError as error:
        raise ConfigurationError(str(error), field=f"{place}.maintenance_tiers") from error
    try:
        return Instrument(
            symbol,
            tick_size=table.tick_size,
            lot_size=table.lot_size,
            minimum_notional=table.minimum_notional,
            tiers=tiers,
        )
    except DomainError as error:
        raise ConfigurationError(str(error), field=place) from error


def _instrument_mapping(instrument: Instrument, account: AccountTerms) -> dict[str, Any]:
    written: dict[str, Any] = {
        "tick_size": instrument.tick_size,
        "lot_size": instrument.lot_size,
        "minimum_notional": instrument.minimum_notional,
    }
    tiers = instrument.tiers
    if tiers != single_tier(account.maintenance_margin_rate):
        written["maintenance_tiers"] = [
            {"notional_floor": floor, "rate": rate, "amount": amount}
            for floor, rate, amount in zip(
                tiers.notional_floors, tiers.rates, tiers.amounts, strict=True
            )
        ]
    return written


def _sections(tables: BundleTable) -> dict[str, Section]:
    given = {
        "search": tables.search,
        "walk_forward": tables.walk_forward,
        "monte_carlo": tables.monte_carlo,
    }
    return {
        name: {} if table is None else table.model_dump(mode="json", exclude_unset=True)
        for name, table in given.items()
    }


def _written(table: AccountTable) -> dict[str, Any]:
    return table.model_dump(mode="json", exclude_none=True)
