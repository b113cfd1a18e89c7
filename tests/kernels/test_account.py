"""What fills do to a position."""

from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from etrms_core.kernels.account import apply_fill, slipped_price, trading_fee, unrealized_pnl
from tests.kernels.inputs import agree, generators

PRICES = st.floats(0.01, 1e5)
QUANTITIES = st.floats(-1e4, 1e4).filter(lambda value: abs(value) > 1e-6)


def test_account_kernels_agree_with_their_twins() -> None:
    for generator in generators(200):
        quantity, delta = generator.normal(0.0, 10.0, 2).tolist()
        entry, price, rate = generator.uniform(0.001, 100.0, 3).tolist()
        agree(unrealized_pnl, quantity, entry, price)
        agree(trading_fee, quantity, price, rate)
        agree(slipped_price, price, 1.0 if quantity > 0 else -1.0, rate)
        for change in (delta, -quantity, -0.5 * quantity, -2.0 * quantity, quantity, 0.0):
            agree(apply_fill, quantity, entry, change, price)
        agree(apply_fill, 0.0, 0.0, delta, price)


def test_growing_averages_the_entry() -> None:
    assert apply_fill(2.0, 100.0, 3.0, 110.0) == (5.0, 106.0, 0.0)
    assert apply_fill(-2.0, 100.0, -3.0, 110.0) == (-5.0, 106.0, 0.0)


def test_reducing_keeps_the_entry_and_realises_its_share() -> None:
    assert apply_fill(5.0, 100.0, -2.0, 110.0) == (3.0, 100.0, 20.0)
    assert apply_fill(-5.0, 100.0, 2.0, 110.0) == (-3.0, 100.0, -20.0)


def test_closing_leaves_nothing() -> None:
    assert apply_fill(5.0, 100.0, -5.0, 90.0) == (0.0, 0.0, -50.0)
    assert apply_fill(0.1 + 0.2, 100.0, -0.3, 200.0)[:2] == (0.0, 0.0)


def test_crossing_zero_realises_all_and_opens_the_rest_at_the_fill() -> None:
    assert apply_fill(2.0, 100.0, -5.0, 110.0) == (-3.0, 110.0, 20.0)
    assert apply_fill(-2.0, 100.0, 5.0, 110.0) == (3.0, 110.0, -20.0)


def test_opening_from_flat_enters_exactly_at_the_fill_price() -> None:
    assert apply_fill(0.0, 0.0, 0.1, 3.0) == (0.1, 3.0, 0.0)
    assert apply_fill(0.0, 0.0, 0.0, 3.0) == (0.0, 0.0, 0.0)


def test_fees_are_paid_on_either_side() -> None:
    assert trading_fee(-2.0, 100.0, 0.0005) == trading_fee(2.0, 100.0, 0.0005) == 0.1


def test_slippage_moves_the_price_against_the_trader() -> None:
    assert slipped_price(100.0, 1.0, 5.0) == 100.05
    assert slipped_price(100.0, -1.0, 5.0) == 99.95


@given(QUANTITIES, PRICES, st.floats(0.0, 1.0), PRICES)
def test_a_reducing_fill_never_flips_a_position(
    quantity: float, entry: float, share: float, price: float
) -> None:
    remaining, _, _ = apply_fill(quantity, entry, -share * quantity, price)
    assert remaining * quantity >= 0.0
    assert abs(remaining) <= abs(quantity)


@given(st.lists(st.tuples(QUANTITIES, PRICES), min_size=1, max_size=20), PRICES)
def test_the_result_of_fills_does_not_depend_on_their_path(
    fills: list[tuple[float, float]], mark: float
) -> None:
    quantity = entry = realized = 0.0
    for delta, price in fills:
        quantity, entry, result = apply_fill(quantity, entry, delta, price)
        realized += result
    cash = -sum(delta * price for delta, price in fills)
    held = sum(delta for delta, _ in fills)
    turnover = sum(abs(delta) * (price + mark) for delta, price in fills)
    total = realized + unrealized_pnl(quantity, entry, mark)
    assert isclose(total, cash + held * mark, rel_tol=1e-9, abs_tol=1e-9 * turnover)
