"""A TCP proxy on loopback between a desk and a paper exchange that fails by a plan."""

import json
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any

from etrms_core.adapters.exchanges.paper.remote_server import LOOPBACK
from tests.doubles.fault_plan import (
    UNSEEN,
    Fault,
    FaultPlan,
    Plan,
    no_faults,
    scripted,
    seeded,
)

__all__ = [
    "Fault",
    "FaultPlan",
    "FaultyWire",
    "Plan",
    "WireCall",
    "no_faults",
    "reserved_port",
    "scripted",
    "seeded",
]

ANY_PORT = (LOOPBACK, 0)
LONGEST_WAIT = 30.0
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
PAGE = b"<html><title>200 OK</title>be right back</html>\n"


@dataclass(slots=True)
class WireCall:
    """One call that came to the wire.

    `is_seen` says whether it was handed to the venue, `is_answered` whether the venue has answered;
    both change while the call is under way.
    """

    kind: str
    fault: Fault
    body: dict[str, Any]
    is_seen: bool = False
    is_answered: bool = False


class FaultyWire:
    """Pass calls from `address` on to a venue, each with the fault that the plan names.

    A context manager; leaving it ends delays and silences, and a request still held back then is
    lost. Calls that meet an outage are refused by the machine itself and stand in no log.

    Attributes
    ----------
    address : tuple of str and int
        Where desks connect; it stays the same through outages.
    plan : Plan
        What happens to the calls that come next; may be replaced.
    delay_seconds, outage_seconds : float
        How long a delay and an outage last.
    calls : list of WireCall
        What came, in the order of arrival.
    """

    def __init__(self, upstream: tuple[str, int], plan: Plan = no_faults) -> None:
        self.upstream = upstream
        self.plan = plan
        self.delay_seconds = 0.03
        self.outage_seconds = 0.05
        self.calls: list[WireCall] = []
        self._reserved = reserved_port(ANY_PORT)
        self.address: tuple[str, int] = self._reserved.getsockname()
        self._threads: list[Thread] = []
        self._is_closing = Event()
        self._is_out_until = 0.0
        self._lock = Lock()
        self._start(self._listen, socket.create_server(self.address))

    def __enter__(self) -> "FaultyWire":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def outage(self, seconds: float) -> None:
        """From now on refuse connections for a while."""
        with self._lock:
            self._is_out_until = max(self._is_out_until, monotonic() + seconds)

    def seen(self, kind: str) -> int:
        """Count the calls of a kind that were handed to the venue."""
        return sum(call.is_seen for call in list(self.calls) if call.kind == kind)

    def wait_until_quiet(self) -> None:
        """Wait until no call is under way, delayed ones included."""
        for thread in list(self._threads)[1:]:
            thread.join(LONGEST_WAIT)

    def close(self) -> None:
        """End everything and wait for it."""
        self._is_closing.set()
        for thread in list(self._threads):
            thread.join(LONGEST_WAIT)
        self._reserved.close()

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = Thread(target=target, args=arguments, name="faulty-wire", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self, listener: socket.socket) -> None:
        self._accept(listener)
        while not self._is_closing.is_set():
            if monotonic() < self._is_out_until:
                self._is_closing.wait(0.002)
            else:
                self._accept(socket.create_server(self.address))

    def _accept(self, listener: socket.socket) -> None:
        listener.settimeout(0.005)
        with listener:
            while not self._is_closing.is_set() and monotonic() >= self._is_out_until:
                with suppress(TimeoutError):
                    connection, _ = listener.accept()
                    self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(LONGEST_WAIT)
        # The desk or the venue may leave at any time; that is a fault like the others.
        with connection, suppress(OSError), connection.makefile("rb") as lines:
            line = lines.readline()
            if not line.endswith(b"\n"):
                return
            body = json.loads(line)["body"]
            call = WireCall(body["call"], self.plan(body["call"]), body)
            self.calls.append(call)
            self._fail(connection, line, call)

    def _fail(self, connection: socket.socket, line: bytes, call: WireCall) -> None:
        if call.fault is Fault.OUTAGE:
            self.outage(self.outage_seconds)
        if call.fault is Fault.DELAY_REQUEST and self._is_closing.wait(self.delay_seconds):
            return
        answer = b"" if call.fault in UNSEEN else self._ask(line, call)
        if call.fault is Fault.DELAY_ANSWER:
            self._is_closing.wait(self.delay_seconds)
        if call.fault is Fault.SILENCE:
            self._wait_for_end(connection)
        elif call.fault is Fault.LOSE_ANSWER:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        else:
            connection.sendall(spoilt(answer, call.fault, number=json.loads(line)["number"]))

    def _ask(self, line: bytes, call: WireCall) -> bytes:
        with socket.create_connection(self.upstream, LONGEST_WAIT) as venue:
            venue.sendall(line)
            call.is_seen = True
            with venue.makefile("rb") as lines:
                answer = lines.readline()
        if not answer.endswith(b"\n"):
            raise ConnectionError("the venue died with the call")
        call.is_answered = True
        return answer

    def _wait_for_end(self, connection: socket.socket) -> None:
        connection.settimeout(0.01)
        while not self._is_closing.is_set():
            with suppress(TimeoutError):
                if not connection.recv(1):
                    return


def spoilt(answer: bytes, fault: Fault, *, number: int) -> bytes:
    """Return what a desk gets to read instead of an answer."""
    match fault:
        case Fault.DUPLICATE_ANSWER:
            given = answer + answer
        case Fault.CUT_ANSWER:
            given = answer[: len(answer) // 2]
        case Fault.NOT_JSON:
            given = PAGE
        case Fault.NOT_A_NUMBER:
            given = _line(_without_numbers(json.loads(answer)))
        case Fault.WRONG_CALL:
            given = _line({**json.loads(answer), "number": number + 1})
        case Fault.UNAVAILABLE | Fault.UNAVAILABLE_BUT_DONE:
            given = _line({"number": number, "outcome": "unavailable", "body": "503 busy"})
        case _:
            given = answer
    return given


def reserved_port(address: tuple[str, int]) -> socket.socket:
    """Hold a port without listening: connections are refused, and nobody else gets the port."""
    holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(address)
    return holder


def _line(document: object) -> bytes:
    return json.dumps(document).encode() + b"\n"


def _without_numbers(value: object) -> object:
    match value:
        case float():
            return float("nan")
        case dict():
            return {name: _without_numbers(each) for name, each in value.items()}
        case list():
            return [_without_numbers(each) for each in value]
        case _:
            return value
