"""Positions as rows."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from app.presenters.cells import DASH, Tone
from app.presenters.position_rows import PositionRow, position_rows, why_no_positions
from etrms_core.domain.account import AccountState, Position
from etrms_core.domain.instrument import Instrument
from tests.app.readings import account_with, position_with, run_cycles
from tests.builders import NOW, make_account, make_fill, make_position

UTC = ZoneInfo("UTC")
BTC = {("main", "BTCUSDT"): Instrument("BTCUSDT", tick_size=0.1, lot_size=0.001)}
MINUS = "\N{MINUS SIGN}"


def rows_of(account: AccountState) -> tuple[PositionRow, ...]:
    return position_rows(run_cycles([account]).snapshot, BTC, zone=UTC)


def row_of(position: Position, *, wallet: float = 1000.0) -> PositionRow:
    return rows_of(make_account(position, wallet=wallet))[0]


def test_a_long_shows_size_prices_and_result() -> None:
    row = row_of(make_position(quantity=2.0, entry_price=100.0, mark_price=110.0))
    assert (row.symbol.text, row.symbol.note) == ("BTCUSDT", "long")
    assert row.size.text == "2.000 BTC"
    assert (row.mark.text, row.mark.note) == ("110.0", "entry 100.0")
    assert (row.result.text, row.result.note) == ("+20.00 USD", "+10.00%")
    assert row.result.tone is Tone.GOOD
    assert row.notional.text == "220.00 USD"
    assert (row.leverage.text, row.leverage.note) == ("10x", "cross")


def test_a_short_that_loses_has_a_negative_percentage() -> None:
    row = row_of(make_position(quantity=-2.0, entry_price=100.0, mark_price=110.0))
    assert row.symbol.note == "short"
    assert (row.result.text, row.result.note) == (f"{MINUS}20.00 USD", f"{MINUS}10.00%")
    assert row.result.tone is Tone.BAD


def test_no_mark_price_is_a_dash_with_the_reason() -> None:
    row = row_of(make_position(mark_price=None))
    for cell in (row.mark, row.result, row.notional, row.liquidation):
        assert cell.text == DASH
        assert "mark price of BTCUSDT" in cell.help
    assert row.mark.note == "entry 100.0"


def test_unknown_leverage_is_a_dash_and_not_0() -> None:
    row = row_of(make_position(leverage=None))
    assert (row.leverage.text, row.leverage.help) == (DASH, "the venue does not say")


def test_a_position_that_nothing_liquidates_says_none() -> None:
    assert row_of(make_position(quantity=1.0), wallet=1000.0).liquidation.text == "none"


def test_a_close_liquidation_is_a_warning_with_its_price() -> None:
    row = row_of(make_position(quantity=10.0, entry_price=100.0), wallet=60.0)
    assert row.liquidation.tone is Tone.WARNING
    assert row.liquidation.note.startswith("at ")


def test_funding_says_who_pays_and_when() -> None:
    paying = position_with(funding_rate=0.0001, next_funding_at=NOW + timedelta(hours=3))
    receiving = position_with(quantity=-1.0, funding_rate=0.0001)
    assert (row_of(paying).funding.text, row_of(paying).funding.note) == ("0.0100%", "pays in 3 h")
    assert row_of(receiving).funding.note == "receives"
    assert row_of(position_with(funding_rate=None)).funding.text == DASH


def test_the_strategy_is_that_of_the_fills() -> None:
    fills = (
        make_fill("1", 3.0, strategy="trend"),
        make_fill("2", 1.0, strategy="carry"),
    )
    account = account_with(make_position(quantity=4.0), fills=fills)
    assert rows_of(account)[0].strategy.text in ("trend 75%, carry 25%", "carry 25%, trend 75%")


def test_a_position_tells_how_long_it_is_open() -> None:
    opened = position_with(opened_at=NOW - timedelta(hours=2))
    assert (row_of(opened).opened.text, row_of(opened).opened.note) == ("2 h", "10:00:00")
    assert row_of(position_with(opened_at=None)).opened.text == DASH


def test_the_position_nearest_to_its_liquidation_comes_first_and_unknown_ones_before_it() -> None:
    account = make_account(
        make_position("SAFE", 0.1, isolated_margin=100.0),
        make_position("NEAR", 1.0, isolated_margin=5.0),
        make_position("BLIND", 1.0, mark_price=None, isolated_margin=50.0),
    )
    assert [row.symbol.text for row in rows_of(account)] == ["BLIND", "NEAR", "SAFE"]


def test_a_position_of_a_stale_account_is_marked() -> None:
    old = account_with(make_position(), observed_at=NOW - timedelta(seconds=30))
    fresh, stale = row_of(make_position()), rows_of(old)[0]
    assert (fresh.is_stale, fresh.account.note) == (False, "")
    assert (stale.is_stale, stale.account.note) == (True, "stale")


def test_an_empty_table_says_what_comes_next_or_why_nothing_is_known() -> None:
    assert "bot" in why_no_positions(run_cycles([make_account()]).snapshot)
    never_read = run_cycles([account_with(observed_at=None)]).snapshot
    assert why_no_positions(never_read) == "Positions are not known: main was never read."
