"""The account with which a replay begins."""

import json
from dataclasses import replace

import pytest

from etrms_core.bootstrap.replay_venue import ACCOUNT, open_replay_venue, reopen_replay_venue
from etrms_core.domain.account import MarginMode
from etrms_core.errors import ConfigurationError, StorageError
from etrms_core.services.replay import ReplaySetup
from etrms_core.services.replay_inputs import GivenPosition
from tests.services.replays import FALLING, START, bars_of, random_case

HELD = ReplaySetup(
    positions=(
        GivenPosition(symbol="A", quantity=10.0, entry_price=90.0),
        GivenPosition(
            symbol="B",
            quantity=-5.0,
            entry_price=110.0,
            leverage=20.0,
            margin_mode=MarginMode.ISOLATED,
        ),
    ),
    capital=1_000.0,
    leverage=4.0,
)


def test_given_positions_are_held_at_their_entry_with_their_leverage() -> None:
    venue = open_replay_venue(bars_of(A=FALLING, B=FALLING), HELD)
    account = venue.fetch_account()
    assert (account.account, account.venue, account.is_paper) == (ACCOUNT, "paper", True)
    assert account.observed_at == START
    long, short = account.positions
    assert (long.quantity, long.entry_price, long.mark_price) == (10.0, 90.0, 90.0)
    assert (long.leverage, long.margin_mode) == (4.0, MarginMode.CROSS)
    assert (short.quantity, short.leverage, short.mark_price) == (-5.0, 20.0, 110.0)
    # 5 * 110 / 20
    assert (short.margin_mode, short.isolated_margin) == (MarginMode.ISOLATED, 27.5)
    assert venue.equity() == 1_000.0


def test_symbols_without_a_position_are_marked_at_their_first_open() -> None:
    venue = open_replay_venue(bars_of(A=FALLING, B=FALLING, C=FALLING[2:]), HELD)
    assert venue.quotes()["C"].mark_price == 96.0


def test_a_reopened_account_is_the_same() -> None:
    bars, setup = random_case(0)
    venue = open_replay_venue(bars, setup)
    for step in list(bars.steps())[:7]:
        venue.play(step)
    venue.take_news()
    document = json.loads(json.dumps(venue.document()))
    again = reopen_replay_venue(document, bars, setup)
    assert again.fetch_account() == venue.fetch_account()
    assert again.equity() == venue.equity()
    assert again.document() == venue.document()


def test_a_damaged_document_is_a_storage_error() -> None:
    bars, setup = random_case(0)
    document = open_replay_venue(bars, setup).document()
    with pytest.raises(StorageError, match="damaged"):
        reopen_replay_venue({**document, "wallet": None}, bars, setup)


def test_an_impossible_setup_opens_no_account() -> None:
    bars = bars_of(A=FALLING)
    with pytest.raises(ConfigurationError, match="B has no bars"):
        open_replay_venue(bars, HELD)
    with pytest.raises(ConfigurationError, match="capital"):
        open_replay_venue(bars, replace(HELD, positions=(), capital=-1.0))
