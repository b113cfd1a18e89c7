"""Trading restrictions as rows and sentences."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from app.presenters.cells import Tone
from app.presenters.restriction_rows import restriction_rows, restriction_sentence
from etrms_core.domain.identifiers import PORTFOLIO, Scope, ScopeKind
from etrms_core.engine.restrictions import Restriction, TradingState
from tests.builders import NOW

BERLIN = ZoneInfo("Europe/Berlin")
PAUSE = Restriction(
    Scope(ScopeKind.SYMBOL, "BTCUSDT"),
    TradingState.REDUCING,
    NOW,
    NOW + timedelta(minutes=15),
    "loss",
    "position loss is 11%",
)
HALT = Restriction(PORTFOLIO, TradingState.HALTED, NOW, None, "person", "kill switch")


def test_the_strictest_restriction_comes_first() -> None:
    rows = restriction_rows([PAUSE, HALT], zone=BERLIN, now=NOW)
    assert [row.state.text for row in rows] == ["HALTED", "REDUCING"]
    assert [row.state.tone for row in rows] == [Tone.BAD, Tone.WARNING]


def test_a_restriction_tells_until_when_and_why() -> None:
    (row,) = restriction_rows([PAUSE], zone=BERLIN, now=NOW)
    assert (row.scope.text, row.scope.note) == ("BTCUSDT", "symbol")
    assert (row.until.text, row.until.note) == ("15 min left", "until 14:15:00")
    assert row.reason.text == "position loss is 11%"


def test_one_without_an_end_waits_for_a_reset() -> None:
    (row,) = restriction_rows([HALT], zone=BERLIN, now=NOW)
    assert row.until.text == "reset by a person or its breaker"


def test_the_sentence_names_the_zone_of_its_time() -> None:
    assert restriction_sentence(PAUSE, zone=BERLIN, now=NOW) == (
        "BTCUSDT is REDUCING until 14:15:00 Europe/Berlin, positions may only shrink: "
        "position loss is 11%"
    )
    assert restriction_sentence(HALT, zone=BERLIN, now=NOW) == (
        "Portfolio is HALTED until it is reset, nothing may add risk: kill switch"
    )
