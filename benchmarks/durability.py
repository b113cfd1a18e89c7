"""From a decision to the wire, with everything stored on the way."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.report import Line
from etrms_core.adapters.storage.stores import open_stores
from etrms_core.domain.intents import Intent, Origin, SubmitOrder
from etrms_core.domain.lease import Lease
from etrms_core.domain.order import OrderRequest, OrderSide, OrderType
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.settlement import mark_sent

COMMITS = 1_000


def measure() -> Iterator[Line]:
    """Commit intents on SQLite in WAL with full synchronisation, as the order path does."""
    with tempfile.TemporaryDirectory() as folder:
        opened = open_stores(Path(folder) / "etrms.db")
        lease = opened.stores.lease.take("benchmark", seen=None)
        decided, sent = _commit(opened.stores, lease or Lease("benchmark", 1))
        opened.close()
    yield _line("intent_commit_p99", decided, 0.010)
    yield _line("intent_marked_sent_p99", sent, 0.010)


def _commit(stores: DeskStores, lease: Lease) -> tuple[np.ndarray, np.ndarray]:
    decided, sent = np.empty(COMMITS), np.empty(COMMITS)
    for number in range(COMMITS):
        intent = _intent(number)
        started = time.perf_counter()
        stores.intents.add(intent, lease=lease)
        decided[number] = time.perf_counter() - started
        marked = mark_sent(intent, now=datetime.now(UTC))
        started = time.perf_counter()
        stores.intents.update(marked, lease=lease)
        sent[number] = time.perf_counter() - started
        stores.intents.update(replace(marked, detail="answered"), lease=lease)
    return decided, sent


def _intent(number: int) -> Intent:
    request = OrderRequest(
        client_order_id=f"et-benc-breaker-{number}",
        account="paper",
        symbol="BTCUSDT",
        side=OrderSide.SELL,
        order_type=OrderType.MARKET,
        quantity=1.0,
        reduce_only=True,
    )
    return Intent(
        intent_id=request.client_order_id,
        action=SubmitOrder(request),
        origin=Origin.BREAKER,
        decided_at=datetime.now(UTC),
    )


def _line(task: str, seconds: np.ndarray, target: float) -> Line:
    p99, median = float(np.quantile(seconds, 0.99)), float(np.median(seconds))
    return Line(task, p99, f"median {median * 1e3:.2f} ms, {seconds.size} commits", target_s=target)
