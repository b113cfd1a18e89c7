"""What every strategy is: a name, bounded parameters, and signals at the close of each bar."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from etrms_core.backtest.market import FundingSeries
from etrms_core.backtest.signals import Signals
from etrms_core.backtest.strategies.close_names import unknown_name
from etrms_core.backtest.strategies.history import History
from etrms_core.backtest.strategies.parameter import Parameter
from etrms_core.errors import ConfigurationError, InsufficientDataError

Params = Mapping[str, float]
FIELD = "strategy.params"


def _one_bar(_: Params) -> int:
    return 1


def _nothing(_: Params) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Strategy:
    """A strategy on the bars of one symbol.

    Attributes
    ----------
    name : str
        As in a bundle.
    title, description : str
        For people; the description says when it enters and exits.
    parameters : mapping of str to Parameter
        In the order of a form.
    compute : callable
        From a history and complete parameters to signals; what it says of a bar depends on that
        bar and the ones before only.
    warm_up : callable
        From parameters to the number of bars up to the first that can have a signal.
    require : callable
        Raises ConfigurationError where parameters contradict each other.
    """

    name: str
    title: str
    description: str
    parameters: Mapping[str, Parameter]
    compute: Callable[[History, Params], Signals] = field(repr=False)
    warm_up: Callable[[Params], int] = field(default=_one_bar, repr=False)
    require: Callable[[Params], None] = field(default=_nothing, repr=False)

    def check(self, params: Params) -> dict[str, float]:
        """Return all parameters, defaults where none is given.

        Raises
        ------
        ConfigurationError
            Naming the parameter that is unknown, out of bounds, or contradicts another one.
        """
        for name in params:
            if name not in self.parameters:
                raise ConfigurationError(
                    unknown_name(f"no parameter of {self.name}", name, self.parameters),
                    field=f"{FIELD}.{name}",
                )
        complete = {
            name: parameter.checked(params.get(name, parameter.default), field=f"{FIELD}.{name}")
            for name, parameter in self.parameters.items()
        }
        self.require(complete)
        return complete

    def signals(
        self,
        bars: pd.DataFrame,
        *,
        funding: FundingSeries | None = None,
        periods_per_year: float,
        params: Params,
    ) -> Signals:
        """Return what is wanted at the close of each bar.

        Raises
        ------
        ConfigurationError
            If the parameters cannot be, or a strategy of the user's own fails.
        InsufficientDataError
            If there are fewer bars than up to the first possible signal.
        DataError
            If a column is missing or holds a NaN.
        """
        complete = self.check(params)
        required = self.warm_up(complete)
        if len(bars) < required:
            raise InsufficientDataError(self.title, required=required, received=len(bars))
        return self.compute(History(bars, funding, periods_per_year), complete)


def require_less(params: Params, smaller: str, larger: str) -> None:
    """Refuse parameters of which one is not below another.

    Raises
    ------
    ConfigurationError
        Naming the one that must be smaller.
    """
    if not params[smaller] < params[larger]:
        raise ConfigurationError(
            f"lies below {larger}, which is {params[larger]:.12g}, was {params[smaller]:.12g}",
            field=f"{FIELD}.{smaller}",
        )
