"""Reading every venue at once; one that does not answer in time is shown as last seen."""

from collections.abc import Mapping
from functools import partial

from etrms_core.domain.account import AccountState
from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.instrument import Instrument
from etrms_core.engine.ports import Clock, ExchangePort
from etrms_core.services.errands import Errands, Returned

Reading = tuple[AccountState, Mapping[str, Instrument]]


FIRST_PATIENCE_SECONDS = 6.0  # less than the watchdog's; a venue may have a long gap to make up


class AccountReaders:
    """The last known state of every account, and why it could not be read when it could not.

    Parameters
    ----------
    known : mapping of str to AccountState
        As they were stored last.
    patience_seconds : float
        How long a reading waits for a venue; one that is late already is not waited for.
    first_patience_seconds : float
        How long the first reading waits: nothing is decided on accounts that nobody has read yet.
    """

    def __init__(
        self,
        exchanges: Mapping[str, ExchangePort],
        *,
        known: Mapping[str, AccountState],
        clock: Clock,
        patience_seconds: float = 0.8,
        first_patience_seconds: float = FIRST_PATIENCE_SECONDS,
    ) -> None:
        self._exchanges = exchanges
        self._clock = clock
        self._patience = patience_seconds
        self._next_patience = first_patience_seconds
        self._errands: Errands[Reading] = Errands()
        self._instruments: dict[str, Mapping[str, Instrument]] = {}
        self._accounts = {name: _never_read(each) for name, each in exchanges.items()}
        self._accounts.update({n: each for n, each in known.items() if n in exchanges})
        self.errors: dict[str, str] = {}

    def accounts(self) -> dict[str, AccountState]:
        """Return the last known state of every account, by name."""
        return dict(self._accounts)

    def instruments(self) -> dict[str, Mapping[str, Instrument]]:
        """Return the contracts of every account that was read, by account and symbol."""
        return dict(self._instruments)

    def hurry(self) -> None:
        """Let the present reading wait no longer."""
        self._errands.hurry()

    def read(self) -> list[DeskEvent]:
        """Ask every venue, wait for those that answer soon, and say which went silent."""
        asked = [
            name
            for name, each in self._exchanges.items()
            if self._errands.start(name, partial(_read, each))
        ]
        before = set(self.errors)
        for returned in self._errands.collect(asked, timeout_seconds=self._next_patience):
            self._take(returned)
        self._next_patience = self._patience
        for name, seconds in self._errands.running_seconds().items():
            if seconds < self._patience:
                continue  # the reading was hurried; nobody is late yet
            self.errors[name] = f"no answer for {seconds:.1f} s"
        return [
            DeskEvent(self._clock(), DeskEventKind.SOURCE_ERROR, name, reason)
            for name, reason in self.errors.items()
            if name not in before
        ]

    def _take(self, returned: Returned[Reading]) -> None:
        if returned.value is not None:
            self._accounts[returned.name], self._instruments[returned.name] = returned.value
            self.errors.pop(returned.name, None)
        else:
            self.errors[returned.name] = returned.error or "no answer"


def _read(exchange: ExchangePort) -> Reading:
    return exchange.fetch_account(), exchange.instruments()


def _never_read(exchange: ExchangePort) -> AccountState:
    return AccountState(
        exchange.account, exchange.venue, None, ledger=None, is_paper=exchange.is_paper
    )
