"""A paper exchange on a market that a test moves, serving on loopback from threads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from etrms_core.adapters.exchanges.paper.exchange import PaperExchange
from etrms_core.adapters.exchanges.paper.remote_server import LOOPBACK, serve_paper_exchange
from etrms_core.adapters.exchanges.paper.sql_store import SqlPaperStore
from etrms_core.adapters.exchanges.paper.terms import PaperTerms
from etrms_core.domain.account import Position
from etrms_core.domain.instrument import Instrument
from etrms_core.domain.order import Fill, Order
from tests.fakes import ScriptedMarket

MARKET_START = datetime(2025, 1, 1, tzinfo=UTC)
LOT = 0.001
LONGEST_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Script:
    """What a scripted venue opens with; an account that its database knows goes on.

    Attributes
    ----------
    marks : mapping of str to float
        Mark price by symbol, quote currency.
    sizes : tuple of float
        Size of each level of both sides of every book, base units; a thin book fills in part.
    capital : float
        Deposit of a new account, quote currency.
    port : int
        Where it listens, 0 for a free port.
    """

    marks: Mapping[str, float]
    sizes: tuple[float, ...] = (1_000.0,)
    capital: float = 10_000.0
    port: int = 0


@dataclass(frozen=True, slots=True)
class VenueTruth:
    """What really is at the venue: fills of the last ten minutes, open orders, positions."""

    fills: tuple[Fill, ...]
    positions: tuple[Position, ...]
    orders: tuple[Order, ...]
    wallet: float

    def filled(self, client_order_id: str) -> float:
        """Return the signed base units that orders with an id have filled."""
        return sum(each.quantity for each in self.fills if each.client_order_id == client_order_id)

    def held(self, symbol: str) -> float:
        """Return the signed base units of all legs of a symbol."""
        return sum(each.quantity for each in self.positions if each.symbol == symbol)


class StoppableClock:
    """The wall clock, which holds everybody who asks while it is stopped."""

    def __init__(self) -> None:
        self.is_running = Event()
        self.is_running.set()

    def __call__(self) -> datetime:
        self.is_running.wait(LONGEST_PAUSE)
        return datetime.now(UTC)


class ScriptedVenue:
    """The account `main` on a scripted market behind a socket; a context manager.

    Parameters
    ----------
    database : Path or None
        Where the account is kept; None keeps it in memory.

    Attributes
    ----------
    address : tuple of str and int
        Where it listens.
    exchange : PaperExchange
        The venue without its wire.
    """

    def __init__(self, script: Script, database: Path | None = None) -> None:
        contracts = [Instrument(symbol, lot_size=LOT) for symbol in script.marks]
        self._clock = StoppableClock()
        self._store = None if database is None else SqlPaperStore(database)
        self._market = ScriptedMarket(
            MARKET_START, script.marks, instruments=contracts, sizes=script.sizes
        )
        self.exchange = PaperExchange(
            "main",
            market=self._market,
            clock=self._clock,
            capital=script.capital,
            terms=PaperTerms(),
            store=self._store,
        )
        self._server = serve_paper_exchange(self.exchange, (LOOPBACK, script.port))
        assert isinstance(self._server.address, tuple)
        self.address: tuple[str, int] = self._server.address

    def __enter__(self) -> "ScriptedVenue":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def set_marks(self, **marks: float) -> None:
        """From now on symbols have these mark prices."""
        self._market.move(datetime.now(UTC), **marks)

    def set_sizes(self, sizes: Sequence[float]) -> None:
        """From now on every book has levels of these sizes."""
        self._market.sizes = tuple(sizes)

    def pause(self) -> None:
        """Take calls and answer none until `resume`; then they happen, at the time of then."""
        self._clock.is_running.clear()

    def resume(self) -> None:
        """Go on after a pause."""
        self._clock.is_running.set()

    def truth(self) -> VenueTruth:
        """Play the market up to now and tell everything, past the wire."""
        account = self.exchange.fetch_account()
        assert account.fills is not None
        return VenueTruth(
            account.fills, account.positions, account.orders, account.balances[0].amount
        )

    def wait(self) -> None:
        """Serve until somebody closes the venue."""
        self._server.wait()

    def close(self) -> None:
        """Stop serving, paused or not."""
        self.resume()
        self._server.stop()
        if self._store is not None:
            self._store.close()
