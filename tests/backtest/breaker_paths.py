"""Random accounts close by close, read by the live risk cycle and by the compiled breakers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from etrms_core.backtest.breaker_accounts import RunTerms, moment
from etrms_core.backtest.breaker_events import told_closes
from etrms_core.backtest.breaker_program import CompiledBreakers
from etrms_core.backtest.breaker_scopes import ACCOUNT, VENUE
from etrms_core.backtest.market import Market
from etrms_core.backtest.simulation_arrays import opening_book, tier_arrays
from etrms_core.backtest.simulation_run import FILL
from etrms_core.backtest.terms import AccountTerms
from etrms_core.breakers.rules import BreakerRule
from etrms_core.domain.account import AccountState, Balance, LedgerTotal, MarginMode, Position
from etrms_core.domain.commands import (
    CancelOrders,
    ClosePosition,
    Command,
    PlaceGuardStop,
    ReducePosition,
    SetLeverage,
)
from etrms_core.domain.events import BreakerEvent
from etrms_core.domain.identifiers import PositionSide, client_order_id
from etrms_core.domain.instrument import Instrument, MarginTiers
from etrms_core.domain.order import Fill, Order, OrderRequest, OrderSide, OrderStatus, OrderType
from etrms_core.domain.policy import RiskPolicy
from etrms_core.engine.restrictions import OrderScope, refusal
from etrms_core.engine.risk_cycle import run_risk_cycle, start_memory
from etrms_core.kernels.account import apply_fill, unrealized_pnl
from etrms_core.kernels.simulated_breaker_counts import note_entry, note_result, note_trade
from etrms_core.kernels.simulated_breakers import judge_close
from tests.backtest.breaker_rules import STRATEGY
from tests.backtest.simulated_markets import NO_FUNDING

CAPITAL = 10_000.0
TIERS = MarginTiers((0.0, 4_000.0), (0.01, 0.03), (0.0, 80.0))


@dataclass
class Told:
    """What both sides said, in the same words."""

    events: list[BreakerEvent] = field(default_factory=list)
    commands: list[list[Command]] = field(default_factory=list)
    wishes: list[dict[str, Any]] = field(default_factory=list)
    blocked: list[list[bool]] = field(default_factory=list)


class Path:
    """One account through random prices and fills."""

    def __init__(
        self, seed: int, rules: Sequence[BreakerRule], *, closes: int = 40, zone: str = "UTC"
    ) -> None:
        self.generator = np.random.default_rng(seed)
        count = int(self.generator.integers(1, 4))
        # Names whose order is not that of the configuration.
        self.symbols = ("SOL", "ETH", "BTC")[-count:]
        self.rules = tuple(rules)
        self.step_ms = int(self.generator.choice([60_000, 3_600_000, 7 * 3_600_000]))
        mode = MarginMode(str(self.generator.choice(["cross", "isolated"])))
        self.terms = AccountTerms(
            initial_capital=CAPITAL, leverage=5.0, margin_mode=mode, time_zone=zone
        )
        self.instruments = [Instrument(symbol, tiers=TIERS) for symbol in self.symbols]
        start = 1_711_800_000_000 + int(self.generator.integers(0, 48)) * 1_800_000
        bars = tuple(np.full((5, closes), 100.0) for _ in self.symbols)
        self.market = Market(
            self.symbols,
            start + self.step_ms * np.arange(closes),
            self.step_ms,
            bars,
            bars,
            (NO_FUNDING,) * count,
        )
        self.book = opening_book(self.instruments, 5.0)
        self.book.mark_price = 100.0
        self.wallet = CAPITAL
        self.fills: list[Fill] = []
        self.rows: list[tuple[Any, ...]] = []
        self.ledger = {symbol: np.zeros(3) for symbol in self.symbols}
        self.known: set[str] = set()
        self.order: list[int] = []
        self.results = np.zeros(count)
        self.policy = RiskPolicy(time_zone=zone, clock_jump_seconds=float("inf"))
        self.breakers = CompiledBreakers(
            self.market,
            self.rules,
            account=self.terms,
            tiers=tier_arrays(self.instruments),
            strategy_name=STRATEGY,
        )

    def run(self) -> tuple[Told, Told]:
        """Walk the path; returns what the live cycle and what the compiled breakers said."""
        live, compiled = Told(), Told()
        opens = int(self.market.open_ms[0])
        start = start_memory(
            [self.state(opens)], self.rules, as_of=moment(opens), policy=self.policy
        )
        memory = start.memory
        for opens in self.market.open_ms.tolist():
            closes = opens + self.step_ms
            self.trade(opens, closes)
            result = run_risk_cycle(
                memory, [self.state(closes)], self.rules, as_of=moment(closes), policy=self.policy
            )
            memory = result.memory
            live.events += [each for each in result.events if isinstance(each, BreakerEvent)]
            if result.commands:
                live.commands.append(list(result.commands))
            live.wishes.append(wishes_of(result.commands, self))
            live.blocked.append(
                [
                    refusal(memory.blocks, OrderScope(VENUE, symbol, STRATEGY), adds_risk=True)
                    is not None
                    for symbol in self.symbols
                ]
            )
            self.evaluate(closes, compiled)
        self.tell(compiled)
        return live, compiled

    def evaluate(self, closes: int, compiled: Told) -> None:
        """Let the compiled breakers read the same close."""
        program = self.breakers.program
        acts = judge_close(program, program.risk, self.book, self.equity(), self.wallet, closes)
        compiled.wishes.append(wishes_in(program.wishes, self) if acts else {})
        compiled.blocked.append([bool(each) for each in self.book.is_blocked])

    def tell(self, compiled: Told) -> None:
        """Read the log of the compiled breakers."""
        run = RunTerms(
            symbols=self.symbols,
            instruments=dict(zip(self.symbols, self.instruments, strict=True)),
            account=self.terms,
            strategy_name=STRATEGY,
            scopes=self.breakers.instances.scopes,
        )
        fills = np.array(self.rows, FILL).view(np.recarray)
        log, seen = self.breakers.logged()
        for close in told_closes(run, self.breakers.instances, self.market, log, seen, fills):
            compiled.events += close.plan.events
            if close.plan.commands:
                compiled.commands.append(list(close.plan.commands))

    def equity(self) -> float:
        """Wallet plus unrealised results."""
        return self.wallet + sum(
            unrealized_pnl(row.quantity, row.entry_price, row.mark_price)
            for row in self.book
            if row.quantity != 0.0
        )

    def trade(self, opens: int, closes: int) -> None:
        """Move prices, and fill what chance wants at the open or inside the bar."""
        for number, row in enumerate(self.book):
            if self.generator.random() < 0.3:
                self._fill(number, opens, inside=False)
            if self.generator.random() < 0.15:
                self._fill(number, closes, inside=True)
            if row.quantity != 0.0 and self.generator.random() < 0.2:
                paid = float(self.generator.normal(0.0, 5.0))
                self.wallet += paid
                self.ledger[self.symbols[number]][2] += paid
                note_result(self.breakers.program, number, paid)
            row.mark_price *= float(np.exp(self.generator.normal(0.0, 0.03)))
            row.guarded = row.quantity != 0.0 and bool(self.generator.random() < 0.4)
            row.leverage = row.leverage if row.quantity else 5.0

    def _fill(self, number: int, time_ms: int, *, inside: bool) -> None:
        row, symbol = self.book[number], self.symbols[number]
        held = float(row.quantity)
        choice = self.generator.integers(0, 4)
        wanted = {0: 20.0, 1: -20.0, 2: -held, 3: -held / 2.0}[int(choice)]
        if wanted == 0.0:
            return
        price = float(row.mark_price)
        left, entry, realized = apply_fill(held, float(row.entry_price), wanted, price)
        fee = abs(wanted) * price * 0.0004
        row.quantity, row.entry_price = left, entry
        row.isolated_margin = (
            abs(left) * entry / 5.0 if self.terms.margin_mode is MarginMode.ISOLATED else 0.0
        )
        if held == 0.0 or held * left < 0.0:
            row.opened_ms = time_ms
        self.wallet += realized - fee
        self.ledger[symbol] += (realized, fee, 0.0)
        self.known.add(symbol)
        self._note(number, held, left, realized - fee, time_ms)
        self._remember((0, time_ms, number, wanted, price, fee, realized, 0, inside))

    def _note(self, number: int, held: float, left: float, earned: float, time_ms: int) -> None:
        program = self.breakers.program
        note_result(program, number, earned)
        self.results[number] += earned
        turned = held * left < 0.0
        if held != 0.0 and (left == 0.0 or turned):
            note_trade(program, number, self.results[number], time_ms)
            self.results[number] = 0.0
        if left != 0.0 and (held == 0.0 or turned):
            note_entry(program, number, time_ms)
        if left == 0.0 and number in self.order:
            self.order.remove(number)
        if left != 0.0 and number not in self.order:
            self.order.append(number)

    def _remember(self, row: tuple[Any, ...]) -> None:
        _, time_ms, number, wanted, price, fee, realized, _, _ = row
        serial = len(self.fills)
        self.rows.append(row)
        self.fills.append(
            Fill(
                fill_id=f"f{serial}",
                client_order_id=client_order_id(desk="rply", strategy=STRATEGY, nonce=f"n{serial}"),
                symbol=self.symbols[number],
                position_side=PositionSide.NET,
                quantity=wanted,
                price=price,
                fee=fee,
                realized_pnl=realized,
                filled_at=moment(time_ms),
            )
        )

    def state(self, at: int) -> AccountState:
        """Show the account as the paper exchange does."""
        return AccountState(
            account=ACCOUNT,
            venue=VENUE,
            observed_at=moment(at),
            balances=(Balance("USDT", self.wallet, 1.0),),
            positions=tuple(self._position(number) for number in self.order),
            orders=tuple(
                self._stop(number, at) for number in self.order if self.book[number].guarded
            ),
            fills=tuple(self.fills),
            ledger=tuple(
                LedgerTotal(symbol, *(float(value) for value in self.ledger[symbol]))
                for symbol in self.symbols
                if symbol in self.known
            ),
        )

    def _position(self, number: int) -> Position:
        row = self.book[number]
        return Position(
            symbol=self.symbols[number],
            quantity=float(row.quantity),
            entry_price=float(row.entry_price),
            mark_price=float(row.mark_price),
            leverage=float(row.leverage),
            margin_mode=self.terms.margin_mode,
            isolated_margin=float(row.isolated_margin),
            tiers=TIERS,
            opened_at=moment(int(row.opened_ms)),
        )

    def _stop(self, number: int, at: int) -> Order:
        quantity = float(self.book[number].quantity)
        request = OrderRequest(
            client_order_id=f"stop{number}",
            account=ACCOUNT,
            symbol=self.symbols[number],
            side=OrderSide.SELL if quantity > 0.0 else OrderSide.BUY,
            order_type=OrderType.STOP_MARKET,
            quantity=abs(quantity),
            trigger_price=1.0,
            reduce_only=True,
        )
        return Order(order_id="o", request=request, status=OrderStatus.NEW, created_at=moment(at))


def wishes_of(commands: Sequence[Command], path: Path) -> dict[str, Any]:
    """Put live commands in the words of wishes."""
    found: dict[str, Any] = {}
    for command in commands:
        match command:
            case ReducePosition(key=key, quantity=quantity):
                held = abs(float(path.book[path.symbols.index(key.symbol)].quantity))
                found[f"reduce {key.symbol}"] = round(quantity / held, 9)
            case ClosePosition(key=key):
                found[f"reduce {key.symbol}"] = 1.0
            case SetLeverage(symbol=symbol, leverage=leverage):
                found[f"leverage {symbol}"] = leverage
            case PlaceGuardStop(key=key, trigger_price=level):
                found[f"guard {key.symbol}"] = round(level, 9)
            case CancelOrders(symbol=None):
                found |= {f"cancel {symbol}": True for symbol in path.symbols}
            case CancelOrders(symbol=symbol):
                found[f"cancel {symbol}"] = True
    return found


def wishes_in(wishes: Any, path: Path) -> dict[str, Any]:  # noqa: ANN401  records
    """Read the wishes of the compiled breakers."""
    found: dict[str, Any] = {}
    for symbol, wish in zip(path.symbols, wishes, strict=True):
        if wish.close_fraction:
            found[f"reduce {symbol}"] = round(float(wish.close_fraction), 9)
        if not np.isnan(wish.leverage):
            found[f"leverage {symbol}"] = float(wish.leverage)
        if not np.isnan(wish.guard_level):
            found[f"guard {symbol}"] = round(float(wish.guard_level), 9)
        if wish.cancels:
            found[f"cancel {symbol}"] = True
    return found


def plain(event: BreakerEvent) -> BreakerEvent:
    """Round the value that an event carries, which sums in another order."""
    value = None if event.value is None else float(f"{event.value:.9g}")
    return replace(event, value=value)
