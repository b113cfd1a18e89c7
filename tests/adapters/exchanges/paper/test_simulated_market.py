"""The simulated market is a function of seed, start and time, and looks like crypto."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from etrms_core.errors import ConfigurationError, DomainError
from etrms_core.kernels.arrays import BoolArray, FloatArray
from etrms_core.kernels.rounding import is_on_step

START = datetime(2025, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YEAR_END = START + 365 * DAY
SYMBOLS = (
    "BTCUSDT",
    "ETHUSDT",
    "SOLUSDT",
    "BNBUSDT",
    "XRPUSDT",
    "DOGEUSDT",
    "LINKUSDT",
    "ADAUSDT",
)
RELEASED_MARKS = (78970.7, 2505.71, 115.38, 476.89, 1.8899, 0.14114, 11.528, 0.4355)
# One market for what only reads it: it keeps its blocks.
MARKET = SimulatedMarket(seed=1, start=START)
MOMENTS = st.integers(0, 60 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))


def hourly_returns(seed: int = 1) -> pd.DataFrame:
    market = SimulatedMarket(seed=seed, start=START)
    frames = {symbol: market.hourly_frame(symbol, START, YEAR_END) for symbol in SYMBOLS}
    return pd.DataFrame({symbol: np.log(f["close"] / f["open"]) for symbol, f in frames.items()})


def violent_hours(market: SimulatedMarket = MARKET) -> BoolArray:
    return (market.regimes(START, YEAR_END) == "violent").to_numpy()


def pairwise_correlations(returns: pd.DataFrame) -> FloatArray:
    matrix = returns.corr().to_numpy()
    pairs: FloatArray = matrix[np.triu_indices(len(SYMBOLS), k=1)]
    return pairs


def first_hour_of(label: str) -> datetime:
    labels = MARKET.regimes(START, YEAR_END)
    return START + int(np.argmax((labels == label).to_numpy())) * HOUR


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = (
        SimulatedMarket(seed=9, start=START).hourly_frame("SOLUSDT", START, START + 30 * DAY)
        for _ in range(2)
    )
    assert first.to_numpy().tobytes() == second.to_numpy().tobytes()


def test_another_seed_gives_other_prices() -> None:
    other = SimulatedMarket(seed=2, start=START)
    at = START + DAY
    prices = {symbol: quote.mark_price for symbol, quote in MARKET.quotes(at).items()}
    others = {symbol: quote.mark_price for symbol, quote in other.quotes(at).items()}
    assert all(prices[symbol] != others[symbol] for symbol in SYMBOLS)


def test_prices_of_a_known_market_stay_as_they_were_released() -> None:
    # A paper account's history would change under its owner's feet if these moved.
    marks = [quote.mark_price for quote in MARKET.quotes(START + 40 * DAY).values()]
    assert marks == pytest.approx(RELEASED_MARKS, rel=1e-9)


def test_the_order_of_asking_does_not_matter() -> None:
    moments = [START + timedelta(days=days, minutes=7, seconds=13) for days in (3, 33, 0, 12)]
    backward = SimulatedMarket(seed=1, start=START)
    backward.funding(START, START + 50 * DAY)
    backward.order_book("ADAUSDT", START + 45 * DAY)
    answers = {at: backward.quotes(at) for at in reversed(moments)}
    assert {at: MARKET.quotes(at) for at in moments} == answers


@settings(max_examples=30, deadline=None)
@given(at=MOMENTS)
def test_a_restart_gives_equal_quotes_and_books(at: datetime) -> None:
    restarted = SimulatedMarket(seed=1, start=START)
    assert restarted.quotes(at) == MARKET.quotes(at)
    assert restarted.order_book("BNBUSDT", at) == MARKET.order_book("BNBUSDT", at)


def test_the_first_prices_are_the_anchors() -> None:
    first = MARKET.quotes(START)
    assert first["BTCUSDT"].mark_price == 95_000.0
    assert first["DOGEUSDT"].mark_price == 0.2


def test_a_choice_of_symbols_keeps_its_order_and_changes_no_price() -> None:
    market = SimulatedMarket(seed=1, start=START, symbols=("LINKUSDT", "BTCUSDT"))
    at = START + timedelta(days=2, seconds=31)
    everything = MARKET.quotes(at)
    assert list(market.instruments) == ["LINKUSDT", "BTCUSDT"]
    assert dict(market.quotes(at)) == {each: everything[each] for each in market.instruments}
    end = START + 9 * HOUR
    bars, all_bars = list(market.bars(START, end)), list(MARKET.bars(START, end))
    assert [each["LINKUSDT"] for _, each in bars] == [each["LINKUSDT"] for _, each in all_bars]


def test_a_start_inside_an_hour_begins_with_that_hour() -> None:
    market = SimulatedMarket(seed=1, start=START + timedelta(minutes=34, seconds=5))
    assert market.start == START
    assert market.quotes(START) == MARKET.quotes(START)


def test_other_time_zones_name_the_same_moments() -> None:
    tokyo = (START + DAY).astimezone(timezone(9 * HOUR))
    quote = MARKET.quotes(tokyo)["BTCUSDT"]
    assert quote == MARKET.quotes(START + DAY)["BTCUSDT"]
    assert quote.observed_at.tzinfo is UTC


@settings(max_examples=40, deadline=None)
@given(at=MOMENTS)
def test_a_bar_contains_every_quote_of_its_hour(at: datetime) -> None:
    opened_at = at.replace(minute=0, second=0)
    ((_, bars),) = MARKET.bars(opened_at, opened_at + HOUR)
    for symbol, quote in MARKET.quotes(at).items():
        assert bars[symbol].low <= quote.mark_price <= bars[symbol].high


def test_who_looks_each_second_sees_the_open_the_extremes_and_the_close() -> None:
    opened_at = first_hour_of("violent")
    seconds = [opened_at + timedelta(seconds=second) for second in range(3601)]
    marks = [MARKET.quotes(at)["ETHUSDT"].mark_price for at in seconds]
    ((_, bars),) = MARKET.bars(opened_at, opened_at + HOUR)
    bar = bars["ETHUSDT"]
    assert (marks[0], marks[-1]) == (bar.open, bar.close)
    assert {bar.high, bar.low} <= set(marks)


def test_quotes_move_every_second_and_not_within_one() -> None:
    at = START + 2 * DAY
    marks = [
        MARKET.quotes(at + timedelta(seconds=second))["BTCUSDT"].mark_price for second in range(60)
    ]
    within = MARKET.quotes(at + timedelta(milliseconds=999))["BTCUSDT"]
    assert len(set(marks)) > 30
    assert within.mark_price == marks[0]


@settings(max_examples=40, deadline=None)
@given(at=MOMENTS)
def test_prices_lie_on_the_tick_and_the_mark_between_bid_and_ask(at: datetime) -> None:
    for symbol, quote in MARKET.quotes(at).items():
        tick = MARKET.instruments[symbol].tick_size
        assert quote.bid <= quote.mark_price <= quote.ask
        assert quote.ask - quote.bid > 0.5 * tick
        prices = (quote.bid, quote.mark_price, quote.ask)
        assert all(is_on_step(price, tick) for price in prices)


def test_spreads_are_wider_in_a_violent_hour() -> None:
    calm, violent = (MARKET.quotes(first_hour_of(label)) for label in ("calm", "violent"))
    for symbol in SYMBOLS:
        calm_spread = calm[symbol].ask - calm[symbol].bid
        assert violent[symbol].ask - violent[symbol].bid > 1.5 * calm_spread


def test_a_year_of_bars_is_complete_and_valid() -> None:
    frame = MARKET.hourly_frame("XRPUSDT", START, YEAR_END)
    index = pd.date_range(START, periods=8760, freq="h", name="time")
    pd.testing.assert_index_equal(frame.index, index)
    assert list(frame.columns) == ["open", "high", "low", "close", "volume"]
    assert (frame["high"] >= frame[["open", "close"]].max(axis=1)).all()
    assert (frame["low"] <= frame[["open", "close"]].min(axis=1)).all()
    assert (frame[["low", "volume"]] > 0.0).all(axis=None)


def test_the_open_of_an_hour_is_the_close_of_the_one_before() -> None:
    for symbol in SYMBOLS:
        frame = MARKET.hourly_frame(symbol, START, YEAR_END)
        assert np.array_equal(frame["open"].iloc[1:], frame["close"].iloc[:-1])


def test_bars_and_frames_are_the_same_hours() -> None:
    start, end = START + 160 * HOUR, START + 180 * HOUR
    played = list(MARKET.bars(start, end))
    frame = MARKET.hourly_frame("ADAUSDT", start, end)
    assert [opened_at for opened_at, _ in played] == list(frame.index)
    bars = [bars["ADAUSDT"] for _, bars in played]
    values = [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars]
    assert values == list(frame.itertuples(index=False, name=None))


def test_only_hours_that_are_over_at_the_end_are_bars() -> None:
    start, end = START + timedelta(minutes=1), START + timedelta(hours=3, minutes=59)
    assert [at for at, _ in MARKET.bars(start, end)] == [START + HOUR, START + 2 * HOUR]


def test_an_empty_window_has_no_bars() -> None:
    assert list(MARKET.bars(START, START)) == []
    frame = MARKET.hourly_frame("BTCUSDT", START + DAY, START)
    assert frame.empty
    assert MARKET.regimes(START, START).empty
    assert list(frame.columns) == ["open", "high", "low", "close", "volume"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_correlations_are_those_of_crypto_and_rise_when_violent(seed: int) -> None:
    returns = hourly_returns(seed)
    is_violent = violent_hours(SimulatedMarket(seed=seed, start=START))
    everything = pairwise_correlations(returns)
    assert everything.min() > 0.6
    assert everything.max() < 0.9
    calm, violent = (pairwise_correlations(returns[each]) for each in (~is_violent, is_violent))
    assert violent.mean() > calm.mean() + 0.05


def test_violent_hours_have_a_higher_realised_volatility_than_calm_ones() -> None:
    returns, is_violent = hourly_returns(), violent_hours()
    calm = returns[~is_violent].std() * np.sqrt(8760)
    violent = returns[is_violent].std() * np.sqrt(8760)
    assert (violent > 2.0 * calm).all()
    assert calm["BTCUSDT"] == pytest.approx(0.45, abs=0.06)
    assert violent["BTCUSDT"] == pytest.approx(1.30, abs=0.25)
    assert calm["DOGEUSDT"] > 1.5 * calm["BTCUSDT"]


def test_hourly_returns_have_fat_tails_and_daily_ones_too() -> None:
    returns = hourly_returns()
    daily = returns.resample("D").sum()
    assert (returns.kurt() > 5.0).all()
    assert (daily.kurt() > 1.0).all()


def test_prices_stay_sane_over_ten_years() -> None:
    market = SimulatedMarket(seed=4, start=START)
    closes = market.hourly_frame("DOGEUSDT", START, START + 3650 * DAY)["close"] / 0.2
    assert closes.min() > 0.05
    assert closes.max() < 20.0
    assert 0.5 < closes.median() < 2.0


def test_volume_rises_with_the_range() -> None:
    frame = MARKET.hourly_frame("BTCUSDT", START, YEAR_END)
    relative_range = (frame["high"] - frame["low"]) / frame["open"]
    correlation = np.corrcoef(np.log(relative_range), np.log(frame["volume"]))[0, 1]
    assert correlation > 0.6


def test_funding_settles_at_utc_hours_of_each_interval() -> None:
    settlements = MARKET.funding(START, START + DAY)
    hours = {
        symbol: [each.settled_at.hour for each in settlements if each.symbol == symbol]
        for symbol in SYMBOLS
    }
    assert hours.pop("LINKUSDT") == [4, 8, 12, 16, 20, 0]
    assert all(settled == [8, 16, 0] for settled in hours.values())
    assert [each.settled_at for each in settlements] == sorted(e.settled_at for e in settlements)


def test_funding_hours_do_not_depend_on_the_start() -> None:
    market = SimulatedMarket(seed=1, start=START + 5 * HOUR, symbols=["BTCUSDT"])
    settlements = market.funding(market.start, START + DAY)
    assert [each.settled_at.hour for each in settlements] == [8, 16, 0]


def test_a_settlement_belongs_to_one_side_of_its_moment() -> None:
    moment = START + 8 * HOUR
    before, after = moment - timedelta(seconds=1), moment + timedelta(seconds=1)
    assert {each.settled_at for each in MARKET.funding(before, moment)} == {moment}
    assert list(MARKET.funding(moment, after)) == []


def test_a_settlement_takes_the_rate_last_shown_and_the_mark_of_its_second() -> None:
    moment = START + 16 * HOUR
    shown, now = MARKET.quotes(moment - timedelta(seconds=1)), MARKET.quotes(moment)
    settlements = MARKET.funding(moment - timedelta(seconds=1), moment)
    assert len(settlements) == len(SYMBOLS)
    for each in settlements:
        assert each.rate == shown[each.symbol].funding_rate
        assert each.mark_price == now[each.symbol].mark_price
        assert shown[each.symbol].next_funding_at == moment


def test_the_next_funding_lies_ahead() -> None:
    quotes = MARKET.quotes(START + 8 * HOUR)
    assert quotes["BTCUSDT"].next_funding_at == START + 16 * HOUR
    assert quotes["LINKUSDT"].next_funding_at == START + 12 * HOUR


def test_funding_rates_are_typically_a_hundredth_of_a_percent_and_differ_in_trends() -> None:
    rates = [each.rate for each in MARKET.funding(START, YEAR_END) if each.symbol == "SOLUSDT"]
    assert np.median(rates) == 0.0001
    assert max(np.abs(rates)) <= 0.0075
    assert min(rates) < -0.0003
    assert max(rates) > 0.0005


def test_the_book_stands_around_the_quote() -> None:
    at = START + timedelta(days=3, seconds=77)
    for symbol, quote in MARKET.quotes(at).items():
        book = MARKET.order_book(symbol, at, levels=7)
        assert (book.bids[0].price, book.asks[0].price) == (quote.bid, quote.ask)
        assert (len(book.bids), len(book.asks)) == (7, 7)
        assert book.observed_at == at


def test_books_thin_out_in_violent_hours() -> None:
    labels = MARKET.regimes(START, START + 20 * DAY)
    sizes = pd.Series(
        [
            sum(level.size for level in MARKET.order_book("BTCUSDT", at.to_pydatetime()).bids)
            for at in labels.index
        ],
        index=labels.index,
    )
    by_regime = sizes.groupby(labels).mean()
    assert by_regime["violent"] < 0.6 * by_regime["calm"]


def test_a_book_is_drawn_anew_each_second() -> None:
    first, second = (
        [level.size for level in MARKET.order_book("BTCUSDT", START + seconds).bids]
        for seconds in (timedelta(seconds=1), timedelta(seconds=2))
    )
    assert first != pytest.approx(second, rel=0.1)


def test_the_regime_of_a_moment_is_that_of_its_hour() -> None:
    labels = MARKET.regimes(START, START + 20 * DAY)
    asked = [MARKET.regime(at.to_pydatetime() + timedelta(minutes=59)) for at in labels.index]
    assert asked == labels.tolist()
    assert set(asked) == {"calm", "violent"}
    frame = MARKET.hourly_frame("BTCUSDT", START, START + 20 * DAY)
    pd.testing.assert_index_equal(labels.index, frame.index)


def test_a_year_of_eight_symbols_takes_under_two_seconds() -> None:
    began = perf_counter()
    market = SimulatedMarket(seed=11, start=START)
    rows = sum(len(market.hourly_frame(symbol, START, YEAR_END)) for symbol in SYMBOLS)
    assert rows == 8 * 8760
    # Measured at 0.1 s; the bound leaves room for a busy machine.
    assert perf_counter() - began < 4.0


def test_a_warm_quote_is_fast_enough_for_each_tick() -> None:
    MARKET.quotes(START)
    durations = []
    for second in range(1000):
        began = perf_counter()
        MARKET.quotes(START + timedelta(seconds=second))
        durations.append(perf_counter() - began)
    # Measured at 12 microseconds.
    assert np.median(durations) < 150e-6


def test_an_unknown_symbol_is_named() -> None:
    with pytest.raises(ConfigurationError, match="PEPEUSDT"):
        SimulatedMarket(seed=1, start=START, symbols=["BTCUSDT", "PEPEUSDT"])
    with pytest.raises(DomainError, match="PEPEUSDT"):
        MARKET.hourly_frame("PEPEUSDT", START, YEAR_END)
    with pytest.raises(DomainError, match="PEPEUSDT"):
        MARKET.order_book("PEPEUSDT", START)


def test_a_market_without_symbols_or_with_a_negative_seed_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="none"):
        SimulatedMarket(seed=1, start=START, symbols=[])
    with pytest.raises(ConfigurationError, match="was -1"):
        SimulatedMarket(seed=-1, start=START)


Question = Callable[[SimulatedMarket, datetime], object]
QUESTIONS: dict[str, Question] = {
    "quotes": lambda market, at: market.quotes(at),
    "bars": lambda market, at: market.bars(at, YEAR_END),
    "bars until": lambda market, at: market.bars(START, at),
    "frame": lambda market, at: market.hourly_frame("BTCUSDT", at, YEAR_END),
    "funding": lambda market, at: market.funding(at, YEAR_END),
    "funding until": lambda market, at: market.funding(START, at),
    "book": lambda market, at: market.order_book("BTCUSDT", at),
    "regime": lambda market, at: market.regime(at),
    "regimes": lambda market, at: market.regimes(at, YEAR_END),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_times_before_the_start_are_refused(question: Question) -> None:
    with pytest.raises(DomainError, match="starts at 2025-01-01"):
        question(MARKET, START - timedelta(microseconds=1))


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_naive_times_are_refused(question: Question) -> None:
    with pytest.raises(DomainError, match="zone"):
        question(MARKET, (START + DAY).replace(tzinfo=None))


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(DomainError, match="zone"):
        SimulatedMarket(seed=1, start=START.replace(tzinfo=None))
