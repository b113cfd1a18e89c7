"""Playing the market up to a time: minute by minute, and hour by hour over long gaps."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from etrms_core.adapters.exchanges.paper.bar_matching import (
    apply_bar,
    mark_at_open,
)
from etrms_core.adapters.exchanges.paper.market_source import MarketSource
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.quote_matching import apply_funding, apply_quotes
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.adapters.exchanges.paper.terms import PaperTerms, Venue
from etrms_core.domain.market_data import BarStep, Quote

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Playback:
    """A market with the pace at which desk time follows it; times below are market times."""

    market: MarketSource
    terms: PaperTerms
    pace: MarketPace

    def play(self, state: PaperState, until: datetime) -> Mapping[str, Quote]:
        """Let everything happen that happens up to `until` and return the quotes then.

        A gap of more than an hour is played at hourly bars, pessimistically, shorter ones at the
        quotes of each minute.
        """
        last = state.last_seen_at
        if last is not None and until - last > HOUR:
            first_open = _hour_of(last) + HOUR
            self._play_minutes(state, last, first_open)
            self._play_hours(state, first_open, _hour_of(until))
            last = _hour_of(until)
        if last is not None:
            self._play_minutes(state, last, until)
        return self._play_quotes(state, until)

    def _play_hours(self, state: PaperState, start: datetime, end: datetime) -> None:
        for opens_at, bars in self.market.bars(start, end):
            mark_at_open(state, bars)
            self._settle_funding(state, opens_at)
            opened, closed = self.pace.desk_time(opens_at), self.pace.desk_time(opens_at + HOUR)
            apply_bar(state, self._venue(), BarStep(opened, closed, bars, bars))
            # Funding at the bar's close belongs to the open of the next one.
            state.last_seen_at = opens_at

    def _play_minutes(self, state: PaperState, start: datetime, end: datetime) -> None:
        at = start + MINUTE
        while at < end:
            self._play_quotes(state, at)
            at += MINUTE

    def _play_quotes(self, state: PaperState, at: datetime) -> Mapping[str, Quote]:
        self._settle_funding(state, at)
        quotes = self.market.quotes(at)
        apply_quotes(
            state,
            quotes,
            venue=self._venue(),
            book=lambda symbol: self.market.order_book(symbol, at),
            at=self.pace.desk_time(at),
        )
        state.last_seen_at = at
        return quotes

    def _venue(self) -> Venue:
        return Venue(self.market.instruments, self.terms)

    def _settle_funding(self, state: PaperState, until: datetime) -> None:
        if state.last_seen_at is not None and state.positions:
            apply_funding(
                state,
                [
                    replace(each, settled_at=self.pace.desk_time(each.settled_at))
                    for each in self.market.funding(state.last_seen_at, until)
                ],
            )


def _hour_of(moment: datetime) -> datetime:
    # Zones may be half an hour off; bars open on the hours of UTC.
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
