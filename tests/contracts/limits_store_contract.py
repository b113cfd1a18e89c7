"""What the desk may rely on whatever keeps the trader's limits."""

from dataclasses import replace
from math import inf, nan

import pytest

from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.owner_ports import LimitsStore
from etrms_core.errors import StorageError

NONE = Limits(maximum_orders_per_minute=None)
ALL = Limits(
    price_collar=0.1 + 0.2,
    maximum_order_notional=1e5,
    maximum_position_notional=3.0,
    maximum_leverage=2.5,
    maximum_orders_per_minute=7,
    duplicate_window_seconds=0.0,
    symbols=("ETHUSDT", "BTCUSDT"),
)


class LimitsStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def store(self, stores: DeskStores) -> LimitsStore:
        return stores.limits

    def test_the_defaults_hold_before_any_are_saved(self, store: LimitsStore) -> None:
        assert store.limits() == DEFAULT_LIMITS

    @pytest.mark.parametrize("limits", [NONE, ALL])
    def test_limits_come_back_with_every_field(self, store: LimitsStore, limits: Limits) -> None:
        store.save_limits(limits)
        assert store.limits() == limits

    def test_saving_replaces_all_of_them(self, store: LimitsStore) -> None:
        store.save_limits(ALL)
        store.save_limits(NONE)
        assert store.limits() == NONE

    @pytest.mark.parametrize("value", [nan, inf, -inf])
    @pytest.mark.parametrize("field", ["price_collar", "maximum_leverage"])
    def test_a_limit_that_is_no_finite_number_is_refused(
        self, store: LimitsStore, field: str, value: float
    ) -> None:
        store.save_limits(ALL)
        with pytest.raises(StorageError, match="finite"):
            store.save_limits(replace(ALL, **{field: value}))
        assert store.limits() == ALL
