"""The gate: what comes through is untouched, what does not is named with its place."""

from collections.abc import Callable
from math import inf, nan

import numpy as np
import pandas as pd
import pytest

from etrms_core.backtest.market import CLOSE, HIGH, VOLUME
from etrms_core.backtest.market_frames import build_market
from etrms_core.errors import DataError
from tests.backtest.bar_frames import sound_bars

Change = Callable[[pd.DataFrame], object]


def funding(*hours: float, start: str = "2024-03-01", rate: float = 0.001) -> pd.DataFrame:
    times = pd.Timestamp(start, tz="UTC") + pd.to_timedelta(list(hours), unit="h")
    return pd.DataFrame({"funding_rate": rate}, index=pd.DatetimeIndex(times, name="time"))


def set_value(row: int, column: str, value: float) -> Change:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        changed = frame.copy()
        changed.loc[changed.index[row], column] = value
        return changed

    return change


def with_index(index: Callable[[pd.DatetimeIndex], pd.Index]) -> Change:
    return lambda frame: frame.set_axis(index(pd.DatetimeIndex(frame.index)))


def moved(row: int, by: str) -> Change:
    def index(times: pd.DatetimeIndex) -> pd.Index:
        changed = times.to_series().reset_index(drop=True)
        changed.iloc[row] += pd.Timedelta(by)
        return pd.DatetimeIndex(changed)

    return with_index(index)


BAD: list[tuple[str, Change, str]] = [
    ("no rows", lambda frame: frame.iloc[:0], "BTC: there are no bars"),
    ("one row", lambda frame: frame.iloc[:1], "BTC: one bar alone has no timeframe"),
    ("no frame", lambda frame: frame["close"], "BTC: bars are a DataFrame, was Series"),
    ("no volume", lambda frame: frame.drop(columns="volume"), "BTC: there is no column volume"),
    ("text", lambda frame: frame.astype({"close": str}), "BTC: column close holds str values"),
    ("flags", lambda frame: frame.assign(close=True), "BTC: column close holds bool values"),
    (
        "twice",
        lambda frame: pd.concat([frame, frame[["close"]]], axis=1),
        "BTC: column close occurs more than once",
    ),
    ("nan", set_value(3, "close", nan), "BTC: 1 bar with a price or a volume that is not a finite"),
    ("nan volume", set_value(3, "volume", nan), "first at 2024-03-01 03:00:00 UTC (open 102.503"),
    ("infinite", set_value(5, "high", inf), "first at 2024-03-01 05:00:00 UTC"),
    ("zero", set_value(2, "low", 0.0), "BTC: 1 bar with a price at or below 0 or a volume below 0"),
    ("negative", set_value(2, "volume", -1.0), "first at 2024-03-01 02:00:00 UTC"),
    ("high", set_value(4, "high", 50.0), "BTC: 1 bar not within low <= open, close <= high, first"),
    ("numbers", with_index(lambda index: pd.RangeIndex(len(index))), "indexed by aware UTC times"),
    ("naive", with_index(lambda index: index.tz_localize(None)), "BTC: bars are indexed by aware"),
    ("no time", with_index(lambda index: index.where(index != index[3])), "no open time in row 4"),
    ("unsorted", moved(5, "-90min"), "BTC: 1 bar before the bar of the row above, first at"),
    ("repeated", moved(5, "-1h"), "BTC: 1 bar with an open time that occurred before, first at"),
    (
        "overlapping",
        moved(5, "-30min"),
        "BTC: the bar of 2024-03-01 04:30:00 UTC opens before the one above closes, 1h after",
    ),
    (
        "half seconds",
        with_index(
            lambda index: pd.date_range(index[0], periods=len(index), freq="1500ms", name="time")
        ),
        "BTC: no timeframe is 1500 milliseconds long",
    ),
    (
        "before 1970",
        with_index(lambda index: index - pd.Timedelta(days=60 * 365)),
        "BTC: bars open in the years 1970 to 9999",
    ),
]


@pytest.mark.parametrize(("change", "told"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_unsound_bars_are_refused_with_symbol_and_place(change: Change, told: str) -> None:
    with pytest.raises(DataError) as caught:
        build_market({"BTC": change(sound_bars())})  # type: ignore[dict-item]
    assert told in str(caught.value)
    assert str(caught.value).startswith("BTC: ")
    with pytest.raises(DataError, match="BTC: "):
        build_market({"ETH": sound_bars(), "BTC": change(sound_bars())})  # type: ignore[dict-item]


def test_sound_bars_come_through_without_a_copy() -> None:
    frame = sound_bars(100)
    market = build_market({"A": frame, "B": sound_bars(100)}).market
    assert np.shares_memory(market.bars[0], frame.to_numpy())
    assert market.marks[0] is market.bars[0]
    assert market.bars[0].flags.c_contiguous
    assert market.bars[0][CLOSE].tolist() == frame["close"].tolist()
    assert market.symbols == ("A", "B")
    assert market.timeframe_ms == 3_600_000
    assert market.open_ms[0] == 1_709_251_200_000


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_of_every_unit_are_the_same(unit: str) -> None:
    frame = sound_bars()
    index = pd.DatetimeIndex(frame.index)
    for zone in ("UTC", "Europe/Berlin"):
        other = frame.set_axis(index.as_unit(unit).tz_convert(zone))  # type: ignore[arg-type]
        assert build_market({"A": other}).market.open_ms.tolist() == [
            1_709_251_200_000 + hour * 3_600_000 for hour in range(len(frame))
        ]


def test_columns_in_another_order_and_of_another_kind_are_read_all_the_same() -> None:
    frame = sound_bars()
    mixed = frame[["volume", "close", "low", "high", "open"]].assign(extra="x")
    mixed["volume"] = mixed["volume"].astype("int32")
    given, plain = (build_market({"A": each}).market.bars[0] for each in (mixed, frame))
    assert given.tolist() == plain.tolist()


def test_gaps_are_let_through_and_told_in_the_report() -> None:
    frame = sound_bars().drop(sound_bars().index[10:14])
    market = build_market({"A": frame}).market
    assert (len(market.open_ms), market.timeframe_ms) == (44, 3_600_000)


def test_other_calendars_are_put_on_the_union_and_nothing_is_filled() -> None:
    first, second = sound_bars(10), sound_bars(10, start="2024-03-01 03:00")
    data = build_market({"A": first, "B": second.drop(second.index[2])})
    market = data.market
    assert len(market.open_ms) == 13
    assert np.flatnonzero(np.isnan(market.bars[0][CLOSE])).tolist() == [10, 11, 12]
    assert np.flatnonzero(np.isnan(market.bars[1][CLOSE])).tolist() == [0, 1, 2, 5]
    assert market.bars[0][CLOSE, :10].tolist() == first["close"].tolist()
    assert data.notes["B"] == ["no bar at 4 of 13 times of all symbols together"]
    assert market.bars[0].flags.c_contiguous


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (sound_bars(48, step="2h"), "all bars need one timeframe, were A 1h, B 2h"),
        (sound_bars(start="2025-01-01"), "A: none of its bars, 2024-03-01 00:00:00 UTC to 2024-03"),
        (
            pd.concat([sound_bars(2), sound_bars(40, start="2024-03-01 02:30")]),
            "bars of A, B open 1800 seconds apart from each other with a timeframe of 1h",
        ),
    ],
)
def test_symbols_that_do_not_go_together_are_refused(other: pd.DataFrame, told: str) -> None:
    with pytest.raises(DataError) as caught:
        build_market({"A": sound_bars(), "B": other})
    assert told in str(caught.value)


def test_no_symbol_at_all_is_refused() -> None:
    with pytest.raises(DataError, match="there are no bars"):
        build_market({})


def test_marks_stand_beside_the_bars() -> None:
    frame = sound_bars()
    mark = (frame * 1.01)[["open", "high", "low", "close"]]
    market = build_market({"A": frame, "B": sound_bars()}, mark={"A": mark}).market
    assert market.marks[0][CLOSE].tolist() == mark["close"].tolist()
    assert market.marks[1] is market.bars[1]


def test_where_a_mark_is_missing_the_traded_price_counts_and_is_told() -> None:
    frame, mark = sound_bars(10), sound_bars(12) * 1.01
    kept = mark.drop(mark.index[[3, 4]])
    data = build_market({"A": frame}, mark={"A": kept})
    told = data.market.marks[0][HIGH]
    assert told[3] == frame["high"].iloc[3]
    assert told[5] == mark["high"].iloc[5]
    assert data.market.marks[0][VOLUME].tolist() == frame["volume"].tolist()
    assert data.notes["A"] == ["no mark price at 2 bars; there the traded one counts"]


def test_a_mark_on_a_shared_axis_belongs_to_the_bars_of_its_symbol() -> None:
    first, second = sound_bars(10), sound_bars(10, start="2024-03-01 03:00")
    data = build_market({"A": first, "B": second}, mark={"A": first * 1.01, "B": second * 1.02})
    marks = data.market.marks
    assert marks[0][CLOSE, :10].tolist() == (first * 1.01)["close"].tolist()
    assert marks[1][CLOSE, 3:].tolist() == (second * 1.02)["close"].tolist()
    assert np.isnan(marks[1][:, :3]).all()
    assert not any("mark" in note for notes in data.notes.values() for note in notes)


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        ({"C": sound_bars()}, "C has mark prices but no bars; bars are of A"),
        (
            {"A": sound_bars(48, step="8h")},
            "A mark: prices need the timeframe of the bars, 1h",
        ),
        ({"A": sound_bars(start="2025-01-01")}, "A mark: none of its bars has the time of a bar"),
        ({"A": sound_bars() * -1.0}, "A mark: 48 bars with a price at or below 0"),
        ({"A": sound_bars()[["open"]]}, "A mark: there is no column high, only open"),
    ],
)
def test_mark_prices_that_cannot_be_used_are_refused(
    mark: dict[str, pd.DataFrame], told: str
) -> None:
    with pytest.raises(DataError) as caught:
        build_market({"A": sound_bars()}, mark=mark)
    assert told in str(caught.value)


def test_funding_outside_the_bars_is_left_out_and_told() -> None:
    data = build_market({"A": sound_bars(10)}, funding={"A": funding(-8, 0, 9.9, 10, 16)})
    settled = data.market.funding[0]
    assert settled.settled_ms.tolist() == [1_709_251_200_000, 1_709_251_200_000 + 35_640_000]
    assert settled.rate.tolist() == [0.001, 0.001]
    assert data.notes["A"] == ["3 funding settlements outside the bars are ignored"]


def test_funding_may_be_a_series() -> None:
    series = funding(0, 8)["funding_rate"]
    market = build_market({"A": sound_bars(), "B": sound_bars()}, funding={"B": series}).market
    assert (market.funding[0].rate.size, market.funding[1].rate.tolist()) == (0, [0.001, 0.001])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"C": funding(0)}, "C has funding but no bars"),
        ({"A": funding(0).rename(columns={"funding_rate": "rate"})}, "no column funding_rate"),
        ({"A": funding(8, 0)}, "A funding: the settlement of 2024-03-01 00:00:00 UTC is not later"),
        ({"A": funding(0, 8, rate=nan)}, "A funding: a rate is a fraction between"),
        ({"A": funding(0, 8, rate=1.0)}, "was 1.0 at 2024-03-01 00:00:00 UTC"),
        ({"A": funding(0).tz_localize(None)}, "A funding: funding is indexed by aware UTC times"),
        ({"A": funding(0).astype(str)}, "A funding: rates are numbers, were str"),
    ],
)
def test_funding_that_cannot_be_used_is_refused(given: dict[str, pd.DataFrame], told: str) -> None:
    with pytest.raises(DataError) as caught:
        build_market({"A": sound_bars()}, funding=given)
    assert told in str(caught.value)
