"""Playing a market up to a time."""

from datetime import timedelta, timezone

import pytest

from etrms_core.adapters.exchanges.paper.market_playback import Playback
from etrms_core.adapters.exchanges.paper.market_source import MarketSource
from etrms_core.adapters.exchanges.paper.pace import MarketPace
from etrms_core.adapters.exchanges.paper.settlement import Execution, settle_fill
from etrms_core.adapters.exchanges.paper.state import PaperState
from etrms_core.domain.market_data import FundingSettlement
from tests.adapters.exchanges.paper.accounts import (
    FREE,
    HOUR,
    MINUTE,
    NET,
    START,
    SYMBOL,
    make_state,
)
from tests.fakes import ScriptedMarket


def scripted() -> ScriptedMarket:
    return ScriptedMarket(START, {SYMBOL: 100.0})


def playback(market: MarketSource) -> Playback:
    return Playback(market, FREE, MarketPace(START, START))


def long_state(quantity: float = 1.0) -> PaperState:
    state = make_state()
    opened = Execution(quantity=quantity, price=100.0, fee=0.0, at=START, reason="signal")
    settle_fill(state, NET, opened)
    return state


def test_playing_marks_the_account_and_remembers_when() -> None:
    market, state = scripted(), make_state()
    market.move(START + MINUTE, BTCUSDT=103.0)
    quotes = playback(market).play(state, START + MINUTE)
    assert quotes[SYMBOL].mark_price == 103.0
    assert state.marks[SYMBOL] == 103.0
    assert state.last_seen_at == START + MINUTE


def test_every_minute_of_a_short_gap_is_seen() -> None:
    market, state = scripted(), long_state(90.0)
    playback(market).play(state, START)
    market.move(START + 20 * MINUTE, BTCUSDT=50.0)
    market.move(START + 21 * MINUTE, BTCUSDT=100.0)
    playback(market).play(state, START + 40 * MINUTE)
    assert state.positions == {}
    assert state.recent_fills[-1].filled_at == START + 20 * MINUTE


def test_a_long_gap_is_played_at_hourly_bars() -> None:
    market, state = scripted(), long_state(90.0)
    playback(market).play(state, START + 10 * MINUTE)
    # Between two minutes, where only a bar sees it.
    market.move(START + 5 * HOUR + timedelta(seconds=70), BTCUSDT=50.0)
    market.move(START + 5 * HOUR + timedelta(seconds=90), BTCUSDT=100.0)
    playback(market).play(state, START + 10 * HOUR)
    assert state.positions == {}
    assert state.recent_fills[-1].filled_at == START + 6 * HOUR


@pytest.mark.parametrize("minutes", [7, 60, 61, 119, 120, 300, 3_000])
def test_funding_settles_once_at_every_hour_of_a_gap(minutes: int) -> None:
    market, state = scripted(), long_state()
    market.settlements = [
        FundingSettlement(SYMBOL, START + number * HOUR, 0.001) for number in range(60)
    ]
    playback(market).play(state, START)
    for _ in range(3_000 // minutes):
        assert state.last_seen_at is not None
        playback(market).play(state, state.last_seen_at + minutes * MINUTE)
    passed = (3_000 // minutes) * minutes // 60
    assert len(state.news_funding) == passed
    assert state.wallet == pytest.approx(1_000.0 - 0.1 * passed)


def test_funding_without_a_mark_of_its_own_takes_the_open_of_its_hour() -> None:
    market, state = scripted(), long_state()
    playback(market).play(state, START)
    market.move(START + 2 * HOUR, BTCUSDT=110.0)
    market.settlements = [FundingSettlement(SYMBOL, START + 2 * HOUR, 0.001)]
    playback(market).play(state, START + 4 * HOUR)
    assert state.news_funding[0].amount == pytest.approx(-0.11)


def test_hours_are_those_of_utc_in_a_zone_that_is_half_an_hour_off() -> None:
    market, state = scripted(), long_state()
    kolkata = timezone(timedelta(hours=5, minutes=30))
    playback(market).play(state, START.astimezone(kolkata))
    market.settlements = [FundingSettlement(SYMBOL, START + 3 * HOUR, 0.001)]
    market.move(START + 3 * HOUR, BTCUSDT=110.0)
    market.move(START + 3 * HOUR + 20 * MINUTE, BTCUSDT=120.0)
    playback(market).play(state, (START + 5 * HOUR).astimezone(kolkata))
    assert state.news_funding[0].amount == pytest.approx(-0.11)


def test_a_fill_is_stamped_with_desk_time() -> None:
    market, state = scripted(), long_state(90.0)
    fast = Playback(market, FREE, MarketPace(START, START, 60.0))
    fast.play(state, START)
    market.move(START + 30 * MINUTE, BTCUSDT=50.0)
    fast.play(state, START + 40 * MINUTE)
    assert state.recent_fills[-1].filled_at == START + timedelta(seconds=30)
