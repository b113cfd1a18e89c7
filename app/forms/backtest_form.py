"""The form of a backtest: it returns a run bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.components.backtest_tables import section_title
from app.components.facts import draw
from app.forms.backtest_account_fields import account_fields
from app.forms.backtest_breaker_fields import breaker_fields
from app.forms.backtest_data_fields import data_fields
from app.forms.backtest_field_errors import FieldErrors
from app.forms.backtest_strategy_fields import strategy_fields
from app.presenters.backtest_choices import StrategyChoice
from etrms_core.backtest.ports import SeriesName
from etrms_core.breakers.rules import BreakerRule
from etrms_core.errors import ConfigurationError

SEED = 7


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a backtest can be made of."""

    stored: Sequence[SeriesName]
    strategies: Sequence[StrategyChoice]
    live_rules: Sequence[BreakerRule]


def backtest_form(
    start: Mapping[str, Any],
    surroundings: Surroundings,
    *,
    key: str,
    error: ConfigurationError | None,
) -> dict[str, Any]:
    """Draw all fields, with an error below the one that it is about, and return the bundle.

    Parameters
    ----------
    start : mapping
        The bundle that the fields begin with; what it lacks has its default.
    key : str
        Another key is another form, whose fields begin anew.
    """
    errors = FieldErrors(error)
    _heading("Bars")
    data = data_fields(start.get("data") or {}, surroundings.stored, key=key, errors=errors)
    _heading("Strategy")
    strategy = strategy_fields(
        start.get("strategy") or {}, surroundings.strategies, key=key, errors=errors
    )
    _heading("Account")
    account = account_fields(start.get("account") or {}, key=key, errors=errors)
    _heading("Circuit breakers")
    rules = breaker_fields(
        start.get("breakers") or (), surroundings.live_rules, key=key, errors=errors
    )
    errors.rest()
    bundle: dict[str, Any] = {
        "kind": "standard",
        "seed": int(start.get("seed", SEED)),
        "data": data,
        "account": account,
        "strategy": strategy,
        "breakers": rules,
    }
    return bundle | ({"instruments": start["instruments"]} if start.get("instruments") else {})


def _heading(text: str) -> None:
    draw(section_title(text))


def check_bundle(bundle: Mapping[str, Any]) -> None:
    """Refuse a bundle that cannot run, before it waits in a queue.

    Raises
    ------
    ConfigurationError
        Naming the first field that is wrong.
    """
    from etrms_core.backtest.configuration import BacktestConfiguration  # noqa: PLC0415
    from etrms_core.backtest.data_section import DataSection  # noqa: PLC0415
    from etrms_core.backtest.strategies import BUILT_IN  # noqa: PLC0415

    if not bundle["data"].get("symbols"):
        raise ConfigurationError("are missing: choose at least one symbol", field="data.bars")
    DataSection.from_mapping(bundle["data"])
    if bundle["breakers"] is None:
        raise ConfigurationError("cannot be read; see below the text", field="breakers")
    configuration = BacktestConfiguration.from_mapping(bundle)
    if configuration.strategy in BUILT_IN:
        # A strategy of the owner's own is checked by the worker, which alone may run it.
        BUILT_IN[configuration.strategy].check(configuration.params)
