"""Which faults a plan names."""

from collections import Counter
from itertools import repeat

import pytest

from tests.doubles.fault_plan import Fault, FaultPlan, no_faults, scripted, seeded

KINDS = ("create_order", "fetch_order")


def drawn(plan: FaultPlan, calls: int) -> list[Fault]:
    return [plan("create_order") for _ in range(calls)]


def test_a_list_is_used_up_by_the_calls_that_it_concerns() -> None:
    plan = FaultPlan(["lose_answer", "pass", "outage"], kinds=["create_order"])
    faults = [plan(kind) for kind in ("quotes", *KINDS, *KINDS, *KINDS, *KINDS)]
    assert [fault for fault in faults if fault is not Fault.PASS] == ["lose_answer", "outage"]
    assert (faults[1], faults[5]) == (Fault.LOSE_ANSWER, Fault.OUTAGE)


def test_each_kind_of_call_can_have_its_own_list() -> None:
    plan = scripted({"create_order": ["silence"], "fetch_order": repeat("unavailable")})
    assert [plan(kind) for kind in KINDS * 2] == [
        Fault.SILENCE,
        Fault.UNAVAILABLE,
        Fault.PASS,
        Fault.UNAVAILABLE,
    ]
    assert plan("quotes") is no_faults("quotes") is Fault.PASS


def test_one_seed_names_one_row_of_faults() -> None:
    rates = {"lose_answer": 0.3, "delay_request": 0.2}
    first, same, other = (drawn(FaultPlan.seeded(seed, rates), 400) for seed in (5, 5, 6))
    assert first == same != other
    shares = Counter(first)
    assert shares[Fault.LOSE_ANSWER] == pytest.approx(120, abs=30)
    assert shares[Fault.DELAY_REQUEST] == pytest.approx(80, abs=30)
    assert shares[Fault.PASS] == pytest.approx(200, abs=40)


def test_a_rate_alone_spreads_over_every_fault() -> None:
    plan = seeded(1, rate=1.0, calls=KINDS)
    assert {plan("create_order") for _ in range(500)} == set(Fault) - {Fault.PASS}
    assert plan("quotes") is Fault.PASS
    assert "seeded(1, " in repr(plan)


@pytest.mark.parametrize("rates", [{"silence": -0.1}, {"silence": 0.6, "outage": 0.6}])
def test_rates_that_cannot_be_are_refused(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="rates are"):
        drawn(FaultPlan.seeded(1, rates), 1)


def test_a_fault_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="'bad_luck' is not a valid Fault"):
        FaultPlan(["bad_luck"])("quotes")
