"""What goes wrong with which call on the wire, by list or by seed."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from random import Random
from threading import Lock


class Fault(StrEnum):
    """What can happen to one call between a desk and its venue."""

    PASS = "pass"  # noqa: S105 (not a password)
    LOSE_REQUEST = "lose_request"  # the connection ends, the venue sees nothing
    LOSE_ANSWER = "lose_answer"  # the venue acts, then the connection is reset
    SILENCE = "silence"  # the venue acts, and nothing comes back until the desk gives up
    DELAY_REQUEST = "delay_request"  # the venue sees it later, perhaps after the desk gave up
    DELAY_ANSWER = "delay_answer"  # the venue acts at once, the answer comes later
    DUPLICATE_ANSWER = "duplicate_answer"  # the answer comes twice
    CUT_ANSWER = "cut_answer"  # half of the answer, then the end of the connection
    NOT_JSON = "not_json"  # the venue acts, a proxy's page comes back
    NOT_A_NUMBER = "not_a_number"  # every number of the result is NaN
    WRONG_CALL = "wrong_call"  # the answer carries the number of another call
    UNAVAILABLE = "unavailable"  # the venue sees nothing, "unavailable" comes back
    UNAVAILABLE_BUT_DONE = "unavailable_but_done"  # the venue acts, "unavailable" comes back
    OUTAGE = "outage"  # the venue sees nothing, and for a while connections are refused


# With these the desk may get the true answer.
ANSWERING = frozenset({Fault.PASS, Fault.DELAY_REQUEST, Fault.DELAY_ANSWER, Fault.DUPLICATE_ANSWER})
# With these the venue never sees the call.
UNSEEN = frozenset({Fault.LOSE_REQUEST, Fault.UNAVAILABLE, Fault.OUTAGE})


Plan = Callable[[str], Fault]


class FaultPlan:
    """Faults of calls in the order of their arrival; safe to share among threads.

    Parameters
    ----------
    faults : iterable of str
        Names of faults, first call first, perhaps without end; afterwards every call passes.
    kinds : collection of str
        Kinds of calls concerned, such as ``create_order``; all when empty. Others pass and use
        nothing up.
    """

    def __init__(
        self, faults: Iterable[str] = (), *, kinds: Collection[str] = (), told: str = "FaultPlan()"
    ) -> None:
        self._faults = map(Fault, faults)
        self._kinds = frozenset(kinds)
        self._told = told
        self._lock = Lock()

    @classmethod
    def seeded(
        cls, seed: int, rates: Mapping[str, float], *, kinds: Collection[str] = ()
    ) -> "FaultPlan":
        """Draw each call's fault by its rate, a fraction of the calls; the rest passes."""
        told = f"FaultPlan.seeded({seed}, {dict(rates)!r}, kinds={sorted(kinds)!r})"
        return cls(_drawn(seed, rates), kinds=kinds, told=told)

    def __call__(self, kind: str) -> Fault:
        """Return what happens to the next call of a kind."""
        if self._kinds and kind not in self._kinds:
            return Fault.PASS
        with self._lock:
            return next(self._faults, Fault.PASS)

    def __repr__(self) -> str:
        return self._told


def no_faults(_kind: str) -> Fault:
    """Let every call pass."""
    return Fault.PASS


def scripted(faults: Mapping[str, Iterable[str]]) -> Plan:
    """Give every kind of call its own list of faults."""
    plans = {kind: FaultPlan(listed) for kind, listed in faults.items()}
    return lambda kind: plans.get(kind, no_faults)(kind)


def seeded(seed: int, *, rate: float, calls: Collection[str] = ()) -> Plan:
    """Let this fraction of the calls fail, every fault as often as every other."""
    faults = [fault for fault in Fault if fault is not Fault.PASS]
    return FaultPlan.seeded(seed, dict.fromkeys(faults, rate / len(faults)), kinds=calls)


def _drawn(seed: int, rates: Mapping[str, float]) -> Iterator[Fault]:
    passing = 1.0 - sum(rates.values())
    if min(passing, *rates.values()) < -1e-9:
        raise ValueError(f"rates are at least 0 and at most 1 together, were {dict(rates)}")
    random = Random(seed)  # noqa: S311 (reproducible on purpose)
    faults = [*map(Fault, rates), Fault.PASS]
    while True:
        yield random.choices(faults, [*rates.values(), max(0.0, passing)])[0]
