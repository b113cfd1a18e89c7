"""Days of cycles: memory, threads and descriptors stay where they were."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from etrms_core.adapters.exchanges.paper import PaperExchange
from etrms_core.adapters.exchanges.paper.simulated_market import SimulatedMarket
from etrms_core.adapters.exchanges.paper.sql_store import SqlPaperStore
from etrms_core.adapters.storage.desk_store import SqlDeskStore
from etrms_core.breakers.presets import preset
from etrms_core.domain.policy import RiskPolicy
from etrms_core.risk.metrics import Metric
from etrms_core.services.desk import Desk
from etrms_core.services.subscriptions import Topic
from etrms_core.services.trading_bot import TradingBot

START = datetime(2026, 3, 1, tzinfo=UTC)
STEP = timedelta(seconds=20)
WARM_CYCLES, CYCLES = 2_000, 15_000
LARGEST_GROWTH_BYTES = 12_000_000


@pytest.mark.soak
def test_days_of_trading_need_no_more_memory_threads_or_files(tmp_path: Path) -> None:
    clock = [START]
    exchange = PaperExchange(
        "paper",
        market=SimulatedMarket(seed=5, start=datetime(2025, 12, 1, tzinfo=UTC)),
        clock=lambda: clock[0],
        store=SqlPaperStore(tmp_path / "paper.db"),
    )
    store = SqlDeskStore(tmp_path / "etrms.db")
    store.save_rules(preset("balanced"))
    desk = Desk(
        {"paper": exchange},
        store=store,
        clock=lambda: clock[0],
        policy=RiskPolicy(clock_jump_seconds=60.0),
        desk_id="soak",
    )
    bot = TradingBot(exchange, desk.orders, clock=lambda: clock[0], seed=3, pause_seconds=300.0)
    desk.subscribe(Topic.RISK, bot.on_risk)
    process, before = psutil.Process(), (0, 0, 0)
    for cycle in range(CYCLES):
        clock[0] += STEP
        state = desk.refresh()
        assert state.snapshot.value(Metric.EQUITY) is not None
        if cycle == WARM_CYCLES:
            before = (process.memory_info().rss, process.num_threads(), process.num_fds())
    after = (process.memory_info().rss, process.num_threads(), process.num_fds())
    assert after[0] - before[0] < LARGEST_GROWTH_BYTES
    assert after[1:] == before[1:]
