"""Messages are dropped in a dialog."""

from streamlit.testing.v1 import AppTest

from etrms_core.domain.events import DeskEventKind
from etrms_core.engine.notification_ports import NoticeState
from etrms_core.errors import DataError
from tests.app.notifying_desk import notifying_desk
from tests.services.notifying import Bench, address_of, channel


def dropping() -> None:
    from app import runtime  # noqa: PLC0415  the script
    from app.components.message_actions import key_of  # noqa: PLC0415
    from app.components.message_section import drop_messages  # noqa: PLC0415

    outbox = runtime.desk().notifications.outbox
    drop_messages(outbox, [key_of(each) for each in outbox.recent()])


def test_dropping_says_what_follows_and_three_clicks_drop_once() -> None:
    bench = Bench()
    bench.add(channel())
    bench.sender.troubles[address_of("phone")] = DataError("no")
    bench.happen("main", kind=DeskEventKind.ALARM_RAISED)
    bench.run(2)
    with notifying_desk(bench):
        shown = AppTest.from_function(dropping, default_timeout=30).run()
        assert "will never be sent" in shown.markdown[0].value
        assert bench.states("phone") == [NoticeState.WAITING]
        for _ in range(3):
            shown.button(key="messages_drop_now").click().run()
            assert not shown.exception
        assert bench.states("phone") == [NoticeState.DROPPED]
