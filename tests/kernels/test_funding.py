"""Who pays funding."""

from etrms_core.kernels.funding import funding_payment
from tests.kernels.inputs import agree, generators


def test_funding_agrees_with_its_twin() -> None:
    for generator in generators(50):
        agree(funding_payment, *generator.normal(0.0, 100.0, 3).tolist())


def test_longs_pay_and_shorts_receive_a_positive_rate() -> None:
    assert funding_payment(2.0, 100.0, 0.001) == -0.2
    assert funding_payment(-2.0, 100.0, 0.001) == 0.2
    assert funding_payment(2.0, 100.0, -0.001) == 0.2
