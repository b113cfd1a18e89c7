"""What the name of a file proposes."""

import pytest

from app.presenters.file_names import proposed_kind, proposed_symbol, proposed_venue


@pytest.mark.parametrize(
    ("name", "venue", "symbol", "kind"),
    [
        ("binance_usdm_BTCUSDT_1h.parquet", "binance_usdm", "BTCUSDT", "trade"),
        ("binance_usdm_ETHUSDT_funding_8h.parquet", "binance_usdm", "ETHUSDT", "funding"),
        ("ftx_BTC-PERP_1m_202201.parquet", "ftx", "BTC-PERP", "trade"),
        ("1000PEPEUSDT_1h_mark.csv", "", "1000PEPEUSDT", "mark"),
        ("<script>.csv", "", "", "trade"),
        ("", "", "", "trade"),
    ],
)
def test_a_name_proposes_venue_symbol_and_kind(
    name: str, venue: str, symbol: str, kind: str
) -> None:
    assert (proposed_venue(name), proposed_symbol(name), proposed_kind(name)) == (
        venue,
        symbol,
        kind,
    )
