"""DESIGN section 9 once more, as plainly as it can be written: bar by bar, one dict per position.

Nothing here is fast and nothing is shared with the compiled simulation but the formulas of margin
tiers and lots.
"""

from dataclasses import dataclass, field
from math import inf, isnan, nan

import numpy as np

from etrms_core.backtest.simulation_run import FillReason
from etrms_core.backtest.terms import Bounds, Direction, FillTime, SizeKind
from etrms_core.domain.account import MarginMode
from etrms_core.domain.instrument import MarginTiers
from etrms_core.kernels.rounding import floor_to_step, round_to_step
from tests.backtest.simulated_markets import RandomCase

OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)
ENTRY = FillReason.SIGNAL


@dataclass(slots=True)
class Leg:
    quantity: float = 0.0
    entry: float = 0.0
    margin: float = 0.0
    stop: float = nan
    profit: float = nan
    best: float = nan
    leaving: float = 0.0
    leaves_from: int = 0
    reason: FillReason = ENTRY
    side: float = 0.0
    target: float = nan
    may_add: bool = True
    volatility: float = nan
    stopped_in: int = -1

    @property
    def sign(self) -> float:
        return 1.0 if self.quantity > 0 else -1.0


@dataclass(slots=True)
class Slow:
    case: RandomCase
    wallet: float = 0.0
    bar: int = 0
    legs: list[Leg] = field(default_factory=list)
    marks: list[float] = field(default_factory=list)
    equity: list[float] = field(default_factory=list)
    worst: list[float] = field(default_factory=list)
    fills: list[tuple[int, int, float, float, float, int]] = field(default_factory=list)
    paid: list[float] = field(default_factory=list)

    def run(self) -> "Slow":
        market = self.case.market
        self.wallet = self.case.account.initial_capital
        self.legs = [Leg() for _ in market.symbols]
        self.marks = [nan] * len(self.legs)
        self.equity.append(self.wallet)
        for self.bar in range(market.open_ms.size):
            self._play()
        return self

    def _play(self) -> None:
        account, last = self.case.account, list(self.marks)
        opened, closed = self._now(0), self._now(1)
        self.marks = [self._mark(row, OPEN, last[row]) for row in range(len(self.legs))]
        before = self._now(1, self.bar - 1) - 1 if self.bar else opened - 1
        self._fund(before, opened + 1)
        self._path(last, at_open=True, to_close=False, stops=True, margin=True)
        self._trade(OPEN)
        if account.bounds is Bounds.OPTIMISTIC:
            self._take_profits()
            self._path(last, at_open=False, to_close=False, stops=True, margin=False)
            self._path(last, at_open=False, to_close=True, stops=False, margin=True)
            self.worst.append(self._extreme_equity(last))
        else:
            self._path(last, at_open=False, to_close=False, stops=True, margin=True)
            self.worst.append(self._extreme_equity(last))
            self._take_profits()
        for row, leg in enumerate(self.legs):
            if leg.quantity and self._is_traded(row):
                high, low = self._price(row, HIGH), self._price(row, LOW)
                leg.best = max(leg.best, high) if leg.quantity > 0 else min(leg.best, low)
        self.marks = [self._mark(row, CLOSE, last[row]) for row in range(len(self.legs))]
        self._fund(opened, closed)
        self._decide()
        if account.fill is FillTime.CLOSE:
            self._trade(CLOSE)
        self.equity.append(self._equity())

    def _now(self, closes: int, bar: int | None = None) -> int:
        market = self.case.market
        at = self.bar if bar is None else bar
        return int(market.open_ms[at]) + closes * market.timeframe_ms

    def _is_traded(self, row: int) -> bool:
        return not isnan(self._price(row, CLOSE))

    def _price(self, row: int, field_: int) -> float:
        return float(self.case.market.bars[row][field_, self.bar])

    def _mark(self, row: int, field_: int, last: float) -> float:
        mark = float(self.case.market.marks[row][field_, self.bar])
        return last if isnan(mark) else mark

    def _equity(self) -> float:
        total = self.wallet
        for leg, mark in zip(self.legs, self.marks, strict=True):
            if leg.quantity:
                total += leg.quantity * (mark - leg.entry)
        return total

    def _extreme(self, row: int, last: float) -> float:
        return self._mark(row, LOW if self.legs[row].quantity > 0 else HIGH, last)

    def _extreme_equity(self, last: list[float]) -> float:
        total = self.wallet
        for row, leg in enumerate(self.legs):
            if leg.quantity:
                total += leg.quantity * (self._extreme(row, last[row]) - leg.entry)
        return total

    def _fund(self, after: int, before: int) -> None:
        for row, leg in enumerate(self.legs):
            series = self.case.market.funding[row]
            for at, rate in zip(series.settled_ms, series.rate, strict=True):
                if after < at < before and leg.quantity:
                    amount = -leg.quantity * self.marks[row] * float(rate)
                    self.wallet += amount
                    self.paid.append(amount)
                    if self.case.account.margin_mode is MarginMode.ISOLATED:
                        leg.margin += amount

    def _settle(
        self, row: int, quantity: float, price: float, reason: FillReason, fee: float
    ) -> None:
        leg = self.legs[row]
        held, after = leg.quantity, leg.quantity + quantity
        if abs(after) <= 1e-12 * abs(held):
            after = 0.0
        if held * quantity < 0:
            closed = -held if held * after <= 0 else quantity
            self.wallet += -closed * (price - leg.entry)
        self.wallet -= fee
        self._set_aside(leg, after, price)
        if held * after <= 0:
            leg.entry = price if after else 0.0
            leg.stop = leg.profit = leg.best = nan
            leg.leaving = 0.0
        elif abs(after) > abs(held):
            leg.entry = (held * leg.entry + quantity * price) / after
        leg.quantity = after
        if held * after < 0 or abs(after) > abs(held):
            self._protect(row)
        if reason is not ENTRY:
            leg.stopped_in = self.bar
        self.fills.append((self.bar, row, quantity, price, fee, int(reason)))

    def _set_aside(self, leg: Leg, after: float, price: float) -> None:
        if self.case.account.margin_mode is not MarginMode.ISOLATED:
            return
        base = leg.quantity if leg.quantity * after > 0 else 0.0
        grown = abs(after) - abs(base)
        kept = leg.margin if base else 0.0
        if grown > 0:
            leg.margin = kept + grown * price / self.case.account.leverage
        else:
            leg.margin = kept * abs(after) / abs(base) if base else 0.0

    def _protect(self, row: int) -> None:
        leg, trading = self.legs[row], self.case.trading
        tick = self.case.instruments[row].tick_size
        if trading.stop_loss is not None:
            level = leg.entry * (1 - leg.sign * trading.stop_loss)
            leg.stop = round_to_step(level, tick)
        if trading.take_profit is not None:
            level = leg.entry * (1 + leg.sign * trading.take_profit)
            leg.profit = round_to_step(level, tick)
        if trading.trailing_stop is not None and isnan(leg.best):
            leg.best = leg.entry

    def _slipped(self, price: float, side: float) -> float:
        return price * (1 + side * self.case.account.slippage_bps * 1e-4)

    def _filled(self, row: int, wanted: float) -> float:
        share = self.case.account.volume_share
        if share is None:
            return wanted
        lot = self.case.instruments[row].lot_size
        return min(wanted, max(0.0, floor_to_step(share * self._price(row, VOLUME), lot)))

    def _bearable(self, row: int, price: float) -> float:
        leg, account = self.legs[row], self.case.account
        if not account.liquidation:
            return price
        if account.margin_mode is MarginMode.ISOLATED:
            behind = leg.margin
        else:
            behind = self._equity() - leg.quantity * (self.marks[row] - leg.entry)
        limit = leg.entry - behind / leg.quantity
        if leg.quantity > 0:
            return max(price, limit)
        return min(price, limit) if limit > 0 else price

    def _leave(self, row: int, quantity: float, price: float, reason: FillReason) -> None:
        leg = self.legs[row]
        wanted = min(quantity, abs(leg.quantity))
        filled = self._filled(row, wanted)
        side = -leg.sign
        leg.leaving = 0.0
        if filled > 0:
            paid = self._bearable(row, self._slipped(price, side))
            fee = filled * paid * self.case.account.taker_fee
            self._settle(row, side * filled, paid, reason, fee)
        if filled < wanted and leg.quantity:
            leg.leaving, leg.leaves_from, leg.reason = wanted - filled, self.bar + 1, reason

    def _stop(self, row: int) -> tuple[float, FillReason]:
        leg, trading = self.legs[row], self.case.trading
        level, reason = leg.stop, FillReason.STOP_LOSS
        if trading.trailing_stop is not None and not isnan(leg.best):
            trailing = leg.best * (1 - leg.sign * trading.trailing_stop)
            if isnan(level) or leg.sign * (trailing - level) > 0:
                level, reason = trailing, FillReason.TRAILING_STOP
        return level, reason

    def _path(
        self, last: list[float], *, at_open: bool, to_close: bool, stops: bool, margin: bool
    ) -> None:
        until, reached = 0.0 if at_open else 1.0, 0.0
        while True:
            point, row = self._next_stop() if stops else (inf, -1)
            broken: tuple[float, list[int]] = (inf, [])
            if margin and self.case.account.liquidation:
                broken = self._next_pool(last, to_close=to_close)
            if min(point, broken[0]) > until:
                return
            reached = max(reached, min(point, broken[0]))
            if broken[0] <= point:
                self._liquidate(broken[1], last, reached, to_close=to_close)
            else:
                self._stop_out(row, point, reached)

    def _next_stop(self) -> tuple[float, int]:
        first, chosen = inf, -1
        for row, leg in enumerate(self.legs):
            level, _ = self._stop(row)
            if not leg.quantity or isnan(level) or not self._is_traded(row):
                continue
            start = self._price(row, OPEN)
            end = self._price(row, LOW if leg.quantity > 0 else HIGH)
            if leg.sign * (start - level) <= 0:
                point = 0.0
            elif leg.sign * (end - level) <= 0:
                point = (level - start) / (end - start)
            else:
                continue
            if point < first:
                first, chosen = point, row
        return first, chosen

    def _stop_out(self, row: int, point: float, reached: float) -> None:
        leg = self.legs[row]
        price, reason = self._stop(row)
        if point == 0.0 or reached > point:
            start = self._price(row, OPEN)
            end = self._price(row, LOW if leg.quantity > 0 else HIGH)
            price = start + reached * (end - start)
        self._leave(row, abs(leg.quantity), price, reason)
        leg.stop = leg.profit = leg.best = nan

    def _path_ends(self, row: int, last: float, *, to_close: bool) -> tuple[float, float]:
        end = self._mark(row, CLOSE, last) if to_close else self._extreme(row, last)
        return self._mark(row, OPEN, last), end

    def _next_pool(self, last: list[float], *, to_close: bool) -> tuple[float, list[int]]:
        held = [row for row, leg in enumerate(self.legs) if leg.quantity]
        isolated = self.case.account.margin_mode is MarginMode.ISOLATED
        pools = [[row] for row in held] if isolated else [held]
        first: tuple[float, list[int]] = (inf, [])
        for pool in pools:
            point = self._pool_point(pool, last, to_close=to_close) if pool else inf
            if point < first[0]:
                first = (point, pool)
        return first

    def _balance(self, pool: list[int]) -> float:
        isolated = self.case.account.margin_mode is MarginMode.ISOLATED
        return self.legs[pool[0]].margin if isolated else self.wallet

    def _pool_point(self, pool: list[int], last: list[float], *, to_close: bool) -> float:
        def excess(point: float) -> float:
            total = self._balance(pool)
            for row in pool:
                leg = self.legs[row]
                start, end = self._path_ends(row, last[row], to_close=to_close)
                price = start + point * (end - start)
                total += leg.quantity * (price - leg.entry)
                notional = abs(leg.quantity) * price
                total -= _maintenance(self.case.instruments[row].tiers, notional)
            return total

        if excess(0.0) <= 0:
            return 0.0
        if excess(1.0) > 0:
            return inf
        low, high = 0.0, 1.0
        for _ in range(200):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if excess(middle) <= 0 else (middle, high)
        return high

    def _liquidate(
        self, pool: list[int], last: list[float], point: float, *, to_close: bool
    ) -> None:
        account = self.case.account
        prices = {}
        for row in pool:
            start, end = self._path_ends(row, last[row], to_close=to_close)
            prices[row] = self._slipped(start + point * (end - start), -self.legs[row].sign)
        lost = -self._balance(pool) - sum(self._result(row, prices[row]) for row in pool)
        if lost > 0:
            longs = [row for row in pool if self.legs[row].quantity > 0] or pool
            gross = sum(abs(self.legs[row].quantity) * prices[row] for row in longs)
            for row in longs:
                prices[row] *= 1 + self.legs[row].sign * lost / gross
        for row in pool:
            leg = self.legs[row]
            others = [other for other in pool if other != row and self.legs[other].quantity]
            behind = self._balance(pool) + sum(self._result(o, prices[o]) for o in others)
            limit = leg.entry - behind / leg.quantity
            price = prices[row]
            if limit > 0:
                price = max(price, limit) if leg.quantity > 0 else min(price, limit)
            left = max(0.0, behind + self._result(row, price))
            rate = account.taker_fee + account.liquidation_fee
            fee = min(left, abs(leg.quantity) * price * rate)
            self._settle(row, -leg.quantity, price, FillReason.LIQUIDATION, fee)
        isolated = account.margin_mode is MarginMode.ISOLATED
        for row in pool if isolated else range(len(self.legs)):
            self.legs[row].side, self.legs[row].target = 0.0, nan

    def _result(self, row: int, price: float) -> float:
        return self.legs[row].quantity * (price - self.legs[row].entry)

    def _take_profits(self) -> None:
        for row, leg in enumerate(self.legs):
            if not leg.quantity or isnan(leg.profit) or not self._is_traded(row):
                continue
            start = self._price(row, OPEN)
            best = self._price(row, HIGH if leg.quantity > 0 else LOW)
            if leg.sign * (best - leg.profit) >= 0:
                price = start if leg.sign * (start - leg.profit) >= 0 else leg.profit
                self._leave(row, abs(leg.quantity), price, FillReason.TAKE_PROFIT)
                leg.profit = nan

    def _decide(self) -> None:
        trading = self.case.trading
        longs = trading.direction is not Direction.SHORT_ONLY
        shorts = trading.direction is not Direction.LONG_ONLY
        for row, leg in enumerate(self.legs):
            signal, may_add = self.case.signals[row], leg.stopped_in != self.bar
            if not self._is_traded(row):
                continue
            if signal.target is not None:
                target = float(signal.target[self.bar])
                if not isnan(target):
                    allowed = (target > 0 and longs) or (target < 0 and shorts)
                    leg.target, leg.may_add = target if allowed else 0.0, may_add
                continue
            assert signal.codes is not None
            code = int(signal.codes[self.bar])
            if (leg.quantity > 0 and code & 2) or (leg.quantity < 0 and code & 8):
                ready = leg.leaving >= abs(leg.quantity) and leg.leaves_from <= self.bar
                if not ready:
                    leg.leaving, leg.leaves_from = abs(leg.quantity), self.bar
                    leg.reason = ENTRY
            side = float(bool(code & 1 and longs)) - float(bool(code & 4 and shorts))
            if side and may_add and side * leg.quantity <= 0:
                leg.side = side
                assert signal.volatility is not None
                leg.volatility = float(signal.volatility[self.bar])

    def _trade(self, field_: int) -> None:
        traded = [row for row in range(len(self.legs)) if self._is_traded(row)]
        for row in traded:
            self._take_down(row, self._price(row, field_), at_open=field_ == OPEN)
        for row in traded:
            self._build_up(row, self._price(row, field_))

    def _take_down(self, row: int, price: float, *, at_open: bool) -> None:
        leg = self.legs[row]
        beyond = leg.quantity and leg.sign * (price - leg.profit) >= 0
        if at_open and beyond:
            self._leave(row, abs(leg.quantity), price, FillReason.TAKE_PROFIT)
            leg.profit = nan
        elif leg.leaving > 0 and leg.leaves_from <= self.bar and leg.side * leg.quantity >= 0:
            self._leave(row, leg.leaving, price, leg.reason)
        if not isnan(leg.target):
            goal = self._goal(row, price)
            if goal == 0 or (leg.quantity * goal > 0 and abs(goal) <= abs(leg.quantity)):
                leg.target = nan
                if goal != leg.quantity:
                    self._leave(row, abs(leg.quantity) - abs(goal), price, ENTRY)

    def _build_up(self, row: int, price: float) -> None:
        leg = self.legs[row]
        if not isnan(leg.target):
            goal = self._goal(row, price)
            leg.target = nan
            grown = abs(goal) - (abs(leg.quantity) if leg.quantity * goal > 0 else 0.0)
            if goal and grown > 0:
                side = 1.0 if goal > 0 else -1.0
                self._open(row, side, grown, self._slipped(price, side))
        side, leg.side = leg.side, 0.0
        if side and leg.quantity * side <= 0:
            paid = self._slipped(price, side)
            self._open(row, side, self._size(row, side, paid), paid)

    def _equity_after_close(self, row: int, side: float, paid: float) -> float:
        leg, equity = self.legs[row], self._equity()
        if leg.quantity * side < 0:
            equity -= side * abs(leg.quantity) * (paid - self.marks[row])
            equity -= abs(leg.quantity) * paid * self.case.account.taker_fee
        return equity

    def _goal(self, row: int, price: float) -> float:
        leg = self.legs[row]
        side = 1.0 if leg.target > 0 else -1.0
        paid = self._slipped(price, side)
        equity = max(0.0, self._equity_after_close(row, side, paid))
        lot = self.case.instruments[row].lot_size
        goal = side * floor_to_step(abs(leg.target) * equity / paid, lot)
        if leg.may_add:
            return goal
        if goal * leg.quantity <= 0:
            return 0.0
        return goal if abs(goal) < abs(leg.quantity) else leg.quantity

    def _size(self, row: int, side: float, paid: float) -> float:
        account, trading, leg = self.case.account, self.case.trading, self.legs[row]
        equity, value = self._equity_after_close(row, side, paid), trading.size.value
        match trading.size.kind:
            case SizeKind.EQUITY_FRACTION:
                return value * account.leverage * equity / (paid * (1 + account.taker_fee))
            case SizeKind.NOTIONAL:
                return value / paid
            case SizeKind.QUANTITY:
                return value
            case SizeKind.RISK_FRACTION:
                assert trading.stop_loss is not None
                return value * equity / (paid * trading.stop_loss)
            case SizeKind.VOLATILITY_TARGET:
                return value * equity / (leg.volatility * paid)

    def _open(self, row: int, side: float, wanted: float, paid: float) -> None:
        account, leg = self.case.account, self.legs[row]
        contract, fee = self.case.instruments[row], account.taker_fee
        closing = abs(leg.quantity) if leg.quantity * side < 0 else 0.0
        others = [
            other
            for other in range(len(self.legs))
            if self.legs[other].quantity and not (other == row and closing)
        ]
        bound = sum(abs(self.legs[o].quantity) * self.marks[o] / account.leverage for o in others)
        room = self._equity_after_close(row, side, paid) - bound
        if account.margin_mode is MarginMode.ISOLATED:
            aside = sum(self.legs[other].margin for other in others)
            open_results = sum(self._result(other, self.marks[other]) for other in others)
            free = self._equity_after_close(row, side, paid) - open_results - aside
            room = min(room, free)
        is_dust = room <= 1e-9 * self._equity()
        most = 0.0 if is_dust else room / (paid / account.leverage + paid * fee)
        opening = floor_to_step(min(wanted, most, contract.maximum_quantity), contract.lot_size)
        if not opening > 0 or (closing + opening) * paid < contract.minimum_notional:
            opening = 0.0
        filled = self._filled(row, closing + opening)
        leg.leaving = 0.0
        if filled > 0:
            self._settle(row, side * filled, paid, ENTRY, filled * paid * fee)
        if filled < closing:
            leg.leaving, leg.leaves_from, leg.reason = closing - filled, self.bar + 1, ENTRY


def _maintenance(tiers: MarginTiers, notional: float) -> float:
    tier = int(np.searchsorted(tiers.notional_floors, notional, side="right")) - 1
    return max(0.0, notional * tiers.rates[tier] - tiers.amounts[tier])
