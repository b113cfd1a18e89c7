"""What the desk may rely on whatever settles changes."""

from dataclasses import replace

import pytest

from etrms_core.domain.events import DeskEvent, DeskEventKind
from etrms_core.domain.limits import DEFAULT_LIMITS, Limits
from etrms_core.engine.change_ports import ChangeStore, CommittedSettings, Settlement, Swap
from etrms_core.engine.desk_stores import DeskStores
from etrms_core.engine.storage_ports import DeskRequest, RequestKind, RequestProgress
from etrms_core.errors import LeaseLostError
from tests.builders import NOW
from tests.engine.desk import make_rule

RULES = (make_rule(name="a"), make_rule(name="b"))
TIGHT = Limits(maximum_leverage=2.0)
UTC_HOUR = CommittedSettings(time_zone="UTC", delay_seconds=3600.0)
EVENT = DeskEvent(NOW, DeskEventKind.CHANGE_MADE, "commitment", "made")
WISH = DeskRequest(RequestKind.CHANGE, "{}", NOW, NOW)


class ChangeStoreContract:
    """Inherit and give a fixture `stores` that returns the stores of a new desk."""

    @pytest.fixture
    def changes(self, stores: DeskStores) -> ChangeStore:
        stores.desk.save_rules(RULES)
        return stores.changes

    def test_a_settlement_writes_everything_that_it_names(
        self, stores: DeskStores, changes: ChangeStore
    ) -> None:
        number = changes.settle(
            Settlement(
                rules=Swap(RULES, RULES[1:]),
                limits=Swap(DEFAULT_LIMITS, TIGHT),
                settings=Swap(None, UTC_HOUR),
                added=WISH,
                events=(EVENT,),
            )
        )
        assert (stores.desk.rules(), stores.limits.limits()) == (RULES[1:], TIGHT)
        assert changes.settings() == UTC_HOUR
        assert number is not None
        assert stores.desk.requests() == (replace(WISH, number=number),)
        assert [each.event for each in stores.desk.events()] == [EVENT]

    def test_before_the_first_settlement_there_are_no_settings(self, changes: ChangeStore) -> None:
        assert changes.settings() is None
        assert changes.settle(Settlement()) == 0

    @pytest.mark.parametrize(
        "outdated",
        [
            {"rules": Swap(RULES[::-1], RULES[1:])},
            {"limits": Swap(TIGHT, DEFAULT_LIMITS)},
            {"settings": Swap(UTC_HOUR, None)},
            {"taken": 7},
        ],
    )
    def test_a_settlement_that_comes_too_late_stores_nothing(
        self, stores: DeskStores, changes: ChangeStore, outdated: dict[str, object]
    ) -> None:
        sound = Settlement(
            rules=Swap(RULES, RULES[:1]),
            limits=Swap(DEFAULT_LIMITS, TIGHT),
            settings=Swap(None, UTC_HOUR),
            added=WISH,
            events=(EVENT,),
        )
        assert changes.settle(replace(sound, **outdated)) is None  # type: ignore[arg-type]
        assert (stores.desk.rules(), stores.limits.limits()) == (RULES, DEFAULT_LIMITS)
        assert changes.settings() is None
        assert (stores.desk.requests(), stores.desk.events()) == ((), ())

    def test_a_request_is_taken_once(self, stores: DeskStores, changes: ChangeStore) -> None:
        number = stores.desk.add_request(WISH)
        step = Settlement(taken=number, events=(EVENT,))
        assert changes.settle(step) == 0
        assert changes.settle(step) is None
        assert stores.desk.request_progress(number) is RequestProgress.DONE
        assert len(stores.desk.events()) == 1

    def test_only_the_newest_lease_settles(self, stores: DeskStores, changes: ChangeStore) -> None:
        old = stores.lease.take("first", seen=None)
        assert old is not None
        new = stores.lease.take("second", seen=stores.lease.read())
        number = stores.desk.add_request(WISH)
        step = Settlement(taken=number, events=(EVENT,))
        with pytest.raises(LeaseLostError):
            changes.settle(replace(step, lease=old))
        assert len(stores.desk.requests()) == 1
        assert changes.settle(replace(step, lease=new)) == 0
